import type { DocsOptions } from '@gatehouse/nest-kit';
import { describeCookies } from '../cookie-mode/http/cookie-security.js';

/** Grows with the API; the package carries the same number. */
export const VERSION = '0.1.0';

/** What the OpenAPI document says beside the routes. */
export const AUTH_DOCS: DocsOptions = {
  title: 'Gatehouse auth service',
  version: VERSION,
  description: [
    'Signs people in, keeps their sessions and tells every other service at once when one ends.',
    'Every answer is `{ "success": true, "data": … }` or `{ "success": false, "error": { "code", "message" } }`; where a',
    'standard fixes the body (keys, metadata, probes) it stands alone. Match on `code`, never on `message`.',
    'A session id is an identifier, never a credential.',
  ].join('\n'),
  refine: describeCookies,
  tags: {
    Account: 'Making an account, and what it says',
    Authentication: 'Opening a session, keeping it and leaving it',
    OAuth: 'What OAuth 2.0 clients and services expect under these names',
    Identities: 'Signing in elsewhere, and who one is there',
    Sessions: 'The sessions of the person who asks',
    Devices: 'What the person who asks has signed in on',
    Keys: 'What a service needs to check access tokens by itself',
    Revocations: 'What a service needs to know which tokens have ended, and who knows',
    Administration: 'For people with the role `admin`',
    Operation: 'For orchestrators and dashboards',
  },
};
