import { type ConfigOf, oneOf, text } from '@gatehouse/config';
import type { CookieSettings } from '../cookie-mode/cookie-settings.js';

/** Variables about cookies in place of bearer tokens. */
export const cookieFields = {
  COOKIE_MODE: oneOf('off', 'on')
    .default('off')
    .describe(
      'on lets web pages keep their tokens in cookies, out of reach of scripts; bearer tokens stay as they are',
    ),
  COOKIE_ORIGINS: text()
    .optional()
    .describe(
      'Origins of the web pages that may use the cookies, as https://app.example.com, separated by commas; that of PUBLIC_URL always may',
    ),
};

type CookieConfig = ConfigOf<typeof cookieFields>;

/** The routes that take a refresh token, and the rest of the account. */
const ACCOUNT_ROUTES = '/api/v1/auth';

/**
 * @param publicUrl - address under which browsers reach the service, without a slash at the end
 * @returns `undefined` where cookie mode is off.
 */
export function cookieSettingsOf(config: CookieConfig, publicUrl: string): CookieSettings | undefined {
  if (config.COOKIE_MODE === 'off') return undefined;
  const { protocol, origin, pathname } = new URL(publicUrl);
  return {
    isSecure: protocol === 'https:',
    accountPath: `${pathname.replace(/\/+$/, '')}${ACCOUNT_ROUTES}`,
    origins: new Set([origin, ...originsIn(config)]),
  };
}

/** Names and rules, never values. */
export function cookiesAreSound(
  config: CookieConfig & { readonly NODE_ENV: string; readonly PUBLIC_URL: string | undefined },
): readonly string[] {
  const origins = originsIn(config);
  if (!origins.every(isOrigin)) {
    return ['COOKIE_ORIGINS must be origins such as https://app.example.com, separated by commas, with nothing behind'];
  }
  if (config.COOKIE_MODE === 'off') return [];
  const faults: string[] = [];
  const { protocol, pathname } = new URL(config.PUBLIC_URL ?? 'http://localhost');
  // It becomes an attribute of a cookie.
  if (!/^[\w\-./~%]*$/.test(pathname)) faults.push('PUBLIC_URL must have a plain path beside COOKIE_MODE=on');
  if (config.NODE_ENV !== 'production') return faults;
  if (protocol !== 'https:') {
    faults.push('COOKIE_MODE=on needs an https PUBLIC_URL in production: on other lines anybody can plant a cookie');
  }
  if (!origins.every((origin) => origin.startsWith('https:'))) {
    faults.push('COOKIE_ORIGINS must begin with https:// in production');
  }
  return faults;
}

function originsIn({ COOKIE_ORIGINS: list }: CookieConfig): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
}

/** Whether a browser would send it letter by letter so. `null` is none, nor are wildcards, which `URL` takes for a name. */
function isOrigin(candidate: string): boolean {
  if (!URL.canParse(candidate) || candidate.includes('*')) return false;
  const { origin, protocol } = new URL(candidate);
  return origin === candidate && (protocol === 'https:' || protocol === 'http:');
}
