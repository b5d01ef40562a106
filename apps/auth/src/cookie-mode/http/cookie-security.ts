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
  readonly security?: Record<string, string[]>[];
  readonly responses?: Record<string, { description?: string } | undefined>;
}

/** Says of every operation that takes a bearer token that a cookie will do, and what must come beside it. */
export function describeCookies(document: OpenAPIObject): void {
  document.components = {
    ...document.components,
    securitySchemes: { ...document.components?.securitySchemes, ...SCHEMES },
  };
  for (const path of Object.values(document.paths)) {
    for (const [method, operation] of Object.entries(path) as [string, Operation][]) {
      if (!operation.security?.some((need) => 'bearer' in need)) continue;
      const changes = !onlyReads({ method: method.toUpperCase() });
      operation.security.push({ accessCookie: [], ...(changes ? { csrfToken: [] } : {}) });
      const refusal = operation.responses?.['403'];
      if (changes && refusal)
        refusal.description = `${refusal.description}\n\n\`CSRF_FAILED\`: ${PROBLEMS.CSRF_FAILED.sentence}`;
    }
  }
}
