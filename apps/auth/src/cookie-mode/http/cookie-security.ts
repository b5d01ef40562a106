import { PROBLEMS } from '@gatehouse/failures';
import type { OpenAPIObject } from '@nestjs/swagger';
import { ACCESS_COOKIE, CSRF_HEADER, REFRESH_COOKIE } from '../cookie-settings.js';
import { onlyReads } from '../own-pages.js';

const SCHEMES = {
  accessCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: ACCESS_COOKIE,
    description:
      'In place of a bearer token, where cookie mode is on. `dev_sid_at` on a developer’s machine without TLS.',
  },
  refreshCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: REFRESH_COOKIE,
    description: 'In place of `refresh_token` in the body, beside the access cookie of the same session.',
  },
  csrfToken: {
    type: 'apiKey',
    in: 'header',
    name: CSRF_HEADER,
    description: 'Beside the cookies, with whatever may change something; from sign-in or `GET /api/v1/auth/csrf`.',
  },
} as const;

interface Operation {
  security?: Record<string, string[]>[];
  responses?: Record<string, { readonly description?: string } | undefined>;
}

/** Says of every operation that takes a bearer token that a cookie will do, and what must come beside it. */
export function describeCookies(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    securitySchemes: { ...document.components?.securitySchemes, ...SCHEMES },
  };
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path) as [string, Operation][]) {
      describeOperation(operation, !onlyReads({ method: method.toUpperCase() }));
    }
  }
}

/** In new lists: those that are there belong to the decorators, and to the next document that is made of them. */
function describeOperation(operation: Operation, changes: boolean): void {
  const { security = [], responses = {} } = operation;
  if (!security.some((need) => 'bearer' in need)) return;
  operation.security = [...security, { accessCookie: [], ...(changes ? { csrfToken: [] } : {}) }];
  if (!changes) return;
  const refusal = responses['403'];
  const description = `${refusal?.description ?? ''}\n\n\`CSRF_FAILED\`: ${PROBLEMS.CSRF_FAILED.sentence}`.trim();
  operation.responses = { ...responses, 403: { ...refusal, description } };
}
