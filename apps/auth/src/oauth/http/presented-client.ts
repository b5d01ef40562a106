import type { FastifyRequest } from 'fastify';
import type { FormBody } from './form-body.js';
import { InvalidClient, InvalidRequest } from '../oauth.errors.js';

/** How a client says who it is (RFC 6749 §2.3, RFC 7523 §2.2). */
export type PresentedClient =
  | {
      readonly method: 'client_secret_basic' | 'client_secret_post';
      readonly clientId: string;
      readonly secret: string;
    }
  | {
      readonly method: 'private_key_jwt';
      /** Of the form; the proof says it as well. */
      readonly clientId: string | undefined;
      readonly assertion: string;
    }
  /** It says who it is and proves nothing: a public client. */
  | { readonly method: 'none'; readonly clientId: string | undefined };

/** `client_assertion_type` (RFC 7523 §2.2). */
export const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const CANONICAL_BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * Reads a client's credentials out of a request.
 *
 * @throws {InvalidRequest} for more than one way at once (RFC 6749 §2.3).
 * @throws {InvalidClient} for an Authorization header that is not `Basic` or cannot be read.
 */
export function presentedClient(request: FastifyRequest, form: FormBody): PresentedClient {
  const authorization = authorizationOf(request);
  const clientId = form.one('client_id');
  const secret = form.one('client_secret');
  const assertion = form.one('client_assertion');
  const type = form.one('client_assertion_type');
  if ([authorization, secret, assertion ?? type].filter((way) => way !== undefined).length > 1) {
    throw new InvalidRequest('the client authenticates in more than one way');
  }
  if (authorization !== undefined) {
    const basic = readBasic(authorization);
    if (clientId !== undefined && clientId !== basic.clientId) throw new InvalidRequest('two clients are named');
    return { method: 'client_secret_basic', ...basic };
  }
  if (assertion !== undefined || type !== undefined) {
    if (type !== JWT_BEARER || assertion === undefined)
      throw new InvalidRequest('client_assertion or its type is missing');
    return { method: 'private_key_jwt', clientId, assertion };
  }
  if (secret === undefined) return { method: 'none', clientId };
  if (clientId === undefined) throw new InvalidRequest('client_id is missing');
  return { method: 'client_secret_post', clientId, secret };
}

/** Node hands on the first of several; which one is meant must not be guessed. */
function authorizationOf({ headers, raw }: FastifyRequest): string | undefined {
  const names = raw.rawHeaders.filter((_, index) => index % 2 === 0);
  if (names.filter((name) => name.toLowerCase() === 'authorization').length > 1) {
    throw new InvalidRequest('more than one Authorization header');
  }
  return headers.authorization;
}

/** Both parts are percent-encoded before they are put together (RFC 6749 §2.3.1). */
function readBasic(authorization: string): { clientId: string; secret: string } {
  const [, encoded] = /^Basic +(\S+) *$/i.exec(authorization) ?? [];
  if (encoded === undefined || !CANONICAL_BASE64.test(encoded)) throw new InvalidClient();
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) throw new InvalidClient();
  return { clientId: unescaped(text.slice(0, colon)), secret: unescaped(text.slice(colon + 1)) };
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new InvalidClient();
  }
}
