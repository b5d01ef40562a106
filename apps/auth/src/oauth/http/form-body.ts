import { AppError } from '@gatehouse/failures';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { InvalidRequest } from '../oauth.errors.js';
import { oauthFailure } from './oauth-failure.filter.js';

const FORM = 'application/x-www-form-urlencoded';
const MAX_FORM_BYTES = 16_384;
const MAX_PARAMETERS = 64;
/** What such a form is made of; everything else in it is percent-encoded. */
const PLAIN = /^[\x21-\x7e]*$/;

/** A form on a route that takes none: pages of other sites can send one without asking first. */
class FormNotTaken extends AppError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
}

/** The parameters of a request. One that is empty counts as left out (RFC 6749 §3.2). */
export class FormBody {
  private constructor(private readonly parameters: ReadonlyMap<string, readonly string[]>) {}

  /** @throws {InvalidRequest} for what is no form in UTF-8. */
  static parse(text: string): FormBody {
    if (!PLAIN.test(text)) throw new InvalidRequest('the body is no form');
    const pairs = text.split('&').filter((pair) => pair !== '');
    if (pairs.length > MAX_PARAMETERS) throw new InvalidRequest('too many parameters');
    const parameters = new Map<string, string[]>();
    for (const pair of pairs) {
      const end = pair.includes('=') ? pair.indexOf('=') : pair.length;
      const name = decode(pair.slice(0, end));
      const value = decode(pair.slice(end + 1));
      if (value === '') continue;
      parameters.set(name, [...(parameters.get(name) ?? []), value]);
    }
    return new FormBody(parameters);
  }

  /** @throws {InvalidRequest} when it was sent more than once (RFC 6749 §3.2). */
  one(name: string): string | undefined {
    const values = this.all(name);
    if (values.length > 1) throw new InvalidRequest(`${name} was sent more than once`);
    return values[0];
  }

  /** @throws {InvalidRequest} when it is missing. */
  required(name: string): string {
    const value = this.one(name);
    if (value === undefined) throw new InvalidRequest(`${name} is missing`);
    return value;
  }

  /** For the few that may be repeated. */
  all(name: string): readonly string[] {
    return this.parameters.get(name) ?? [];
  }
}

/** @throws {InvalidRequest} for broken escapes and bytes that are no UTF-8. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new InvalidRequest('a parameter is not percent-encoded UTF-8');
  }
}

/** The {@link FormBody} of this request. */
export const Form = createParamDecorator((_data: unknown, context: ExecutionContext): FormBody => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (body instanceof InvalidRequest) throw body;
  if (!(body instanceof FormBody)) throw new InvalidRequest('send the parameters as a form');
  return body;
});

/**
 * Lets these routes, and no others, take a form and nothing else. To be called before routes are registered: Fastify applies a hook
 * only to later ones.
 *
 * @param routes - their paths, as registered
 */
export function takeForms(fastify: FastifyInstance, routes: ReadonlySet<string>): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.method !== 'POST' || !routes.has(request.routeOptions.url ?? '') || isForm(request)) return done();
    const failure = oauthFailure(new InvalidRequest(`send the parameters as ${FORM} in UTF-8`), 400);
    void reply.status(400).headers({ 'cache-control': 'no-store', pragma: 'no-cache' }).send(failure);
  });
  fastify.addContentTypeParser<string>(
    FORM,
    { parseAs: 'string', bodyLimit: MAX_FORM_BYTES },
    (request, text, done) => {
      if (!routes.has(request.routeOptions.url ?? '')) return done(new FormNotTaken('a form was sent'));
      try {
        done(null, FormBody.parse(text));
      } catch (fault) {
        // Handed on in place of a form: only the route's own filter knows the words of OAuth.
        done(null, fault);
      }
    },
  );
}

function isForm({ headers }: FastifyRequest): boolean {
  const [type, ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((one) => one.trim()).find((one) => one.startsWith('charset='));
  const coding = headers['content-encoding'];
  return (
    type?.trim() === FORM &&
    (charset === undefined || charset.replaceAll('"', '') === 'charset=utf-8') &&
    (coding === undefined || coding.toLowerCase() === 'identity')
  );
}
