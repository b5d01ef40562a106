import type { Settings } from '../environment/settings.js';
import { found, type Finding } from './finding.js';

/** What the auth service takes where a variable is not set, in seconds. */
const DEFAULTS = { access: 900, session: 86_400, refresh: 604_800 };
const LONG_ACCESS_SECONDS = 3_600;

/** access token < idle session ≤ whole session. */
export function checkLifetimes(settings: Settings): (Finding | undefined)[] {
  const access = settings.ACCESS_TOKEN_EXPIRY ?? DEFAULTS.access;
  const session = settings.SESSION_TTL ?? DEFAULTS.session;
  const refresh = settings.REFRESH_TOKEN_EXPIRY ?? DEFAULTS.refresh;
  return [
    access >= session ? found('TTL_ORDER', 'ACCESS_TOKEN_EXPIRY', 'not shorter than SESSION_TTL') : undefined,
    session > refresh ? found('TTL_ORDER', 'SESSION_TTL', 'longer than REFRESH_TOKEN_EXPIRY') : undefined,
    access > LONG_ACCESS_SECONDS ? found('ACCESS_TOKEN_LONG', 'ACCESS_TOKEN_EXPIRY') : undefined,
  ];
}
