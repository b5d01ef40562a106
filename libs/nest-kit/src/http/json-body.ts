import { AppError } from '@gatehouse/failures';
import type { FastifyInstance, FastifyRequest } from 'fastify';

class UnsupportedMediaType extends AppError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
}

class MalformedBody extends AppError {
  readonly code = 'VALIDATION_ERROR';
}

/**
 * Bodies are JSON objects in UTF-8 and nothing else: no other type, charset or content coding, no array, no `null`, no
 * member named `__proto__`. An empty body is no body, whatever its type says.
 */
export function acceptJsonObjectsOnly(fastify: FastifyInstance, bodyLimitBytes: number): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser<string>(
    'application/json',
    { parseAs: 'string', bodyLimit: bodyLimitBytes },
    (request, body, done) => {
      const foreign = whyForeign(request);
      if (foreign) return done(foreign);
      if (body === '') return done(null, undefined);
      void parse(request, body, (error, value: unknown) => {
        if (error) return done(new MalformedBody('the body is not JSON', { cause: error }));
        if (typeof value !== 'object' || value === null || Array.isArray(value)) {
          return done(new MalformedBody('the body is not a JSON object'));
        }
        if (isDeeperThan(MAX_DEPTH, value)) return done(new MalformedBody('the body is nested too deeply'));
        done(null, value);
      });
    },
  );
}

/** Validation walks a body recursively; no request of ours nests more than a few levels. */
const MAX_DEPTH = 16;

/** Level by level rather than by recursion, which is what a deep body is meant to exhaust. */
function isDeeperThan(depth: number, value: object): boolean {
  let level: object[] = [value];
  for (let i = 0; level.length > 0; i++) {
    if (i >= depth) return true;
    level = level.flatMap((one) =>
      Object.values(one).filter((child): child is object => typeof child === 'object' && child !== null),
    );
  }
  return false;
}

function whyForeign(request: FastifyRequest): UnsupportedMediaType | undefined {
  // All of them: of two charsets, another reader may go by the other.
  const charsets = (request.headers['content-type'] ?? '').matchAll(/;\s*charset\s*=\s*"?([^\s;"]*)/gi);
  for (const [, charset] of charsets) {
    if (charset?.toLowerCase() !== 'utf-8') return new UnsupportedMediaType('the body is not UTF-8');
  }
  const coding = request.headers['content-encoding'];
  if (coding && coding.toLowerCase() !== 'identity') return new UnsupportedMediaType('the body is encoded');
  return undefined;
}
