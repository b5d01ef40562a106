/** How browsers keep what they sign in with, and whose pages may use it. */
export interface CookieSettings {
  /**
   * Whether browsers reach the service over TLS. Only then do they honour the prefixes of the names, so without it the cookies have
   * other names, and nothing keeps a neighbouring host from planting one.
   */
  readonly isSecure: boolean;
  /** Where the routes of the account lie, as browsers see them: the refresh token travels nowhere else. */
  readonly accountPath: string;
  /** Origins of the pages that may use the cookies, letter by letter as browsers send them. */
  readonly origins: ReadonlySet<string>;
}

/** Holds the access token. The prefix makes browsers take it only over TLS and from this very host (RFC 6265bis §4.1.3.2). */
export const ACCESS_COOKIE = '__Host-sid_at';

/**
 * Holds the refresh token. That prefix would demand `Path=/`, and the token would travel to whatever else lives on this host; what it
 * would have kept out, `BrowserCookies` keeps out.
 */
export const REFRESH_COOKIE = '__Secure-sid_rt';

/** What carries the proof that a page of ours asks. Pages of others cannot send it without being asked (CORS) whether they may. */
export const CSRF_HEADER = 'X-CSRF-Token';

/** Names on a developer's machine without TLS, where browsers refuse the others. */
const PLAIN_ACCESS_COOKIE = 'dev_sid_at';
const PLAIN_REFRESH_COOKIE = 'dev_sid_rt';

export function cookieNames({ isSecure }: Pick<CookieSettings, 'isSecure'>): { access: string; refresh: string } {
  return isSecure
    ? { access: ACCESS_COOKIE, refresh: REFRESH_COOKIE }
    : { access: PLAIN_ACCESS_COOKIE, refresh: PLAIN_REFRESH_COOKIE };
}
