import { AppError } from '@gatehouse/failures';
import type { FastifyInstance } from 'fastify';
import { EVENTS_PATH } from '../federation-paths.js';

/** RFC 8417 §7.2. */
export const SECURITY_EVENT_TYPE = 'application/secevent+jwt';
/** An event about one person has a thousandth of it. */
const MAX_BYTES = 32_768;

/** A security event on a route that takes none. */
class EventNotTaken extends AppError {
  readonly code = 'UNSUPPORTED_MEDIA_TYPE';
}

/** A security event token as it was sent. */
export class SecurityEventBody {
  constructor(readonly token: string) {}
}

/** Lets the one route for security events, and no other, take one. To be called before routes are registered. */
export function takeSecurityEvents(fastify: FastifyInstance): void {
  fastify.addContentTypeParser<string>(
    SECURITY_EVENT_TYPE,
    { parseAs: 'string', bodyLimit: MAX_BYTES },
    ({ routeOptions }, text, done) => {
      if (routeOptions.url === EVENTS_PATH) done(null, new SecurityEventBody(text.trim()));
      else done(new EventNotTaken('a security event was sent'));
    },
  );
}
