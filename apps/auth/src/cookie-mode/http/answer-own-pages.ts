import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { CSRF_HEADER } from '../cookie-settings.js';

/** What pages of other origins may send beside what any page may. */
const ALLOWED_HEADERS = [
  'Authorization',
  'Content-Type',
  CSRF_HEADER,
  'X-Session-ID',
  'Idempotency-Key',
  'X-Request-ID',
];
/** What their scripts may read beside what any script may. */
const EXPOSED_HEADERS = [
  'X-Session-ID',
  'X-Refresh-Replayed',
  'X-Request-ID',
  'Idempotency-Replayed',
  'WWW-Authenticate',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
];
/** Longest any browser keeps the answer to a preflight and not all do, in seconds. */
const PREFLIGHT_SECONDS = 7_200;

/**
 * Lets the pages of these origins, and no others, call the service with cookies and read what it answers (CORS). To be called before the
 * application is initialised.
 */
export function answerOwnPages(app: NestFastifyApplication, origins: ReadonlySet<string>): void {
  app.enableCors({
    // The very text that was sent, or nothing at all: never a wildcard, which would not go with credentials.
    origin: (origin, decide) => decide(null, origin !== undefined && origins.has(origin) ? origin : false),
    credentials: true,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: ALLOWED_HEADERS,
    exposedHeaders: EXPOSED_HEADERS,
    maxAge: PREFLIGHT_SECONDS,
    strictPreflight: false,
  });
}
