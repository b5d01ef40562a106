import type { AccessCookie } from '../core/config/access-cookie.js';
import type { Credentials } from './access.js';
import { csrfFailed, malformedCredentials, type Answer } from './answer.js';
import { bearerToken, MALFORMED, type RequestHead } from './bearer.js';

const ONE_TOKEN = 'Send one access token: in one Authorization header, or in one cookie.';

/** RFC 9110 §9.2.1. `TRACE` is not among them: no service of ours answers it, and it would send the cookie back. */
const SAFE_METHODS: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

const BLANK: ReadonlySet<string | undefined> = new Set([' ', '\t']);

/**
 * The credentials of a request that may carry its token in a cookie. Browsers send cookies whoever made the page, so a
 * request that may change something must come from a page that is allowed to.
 *
 * @returns an answer when it does not, or when it cannot be told which token is meant.
 */
export function credentialsOrCookie(request: RequestHead, cookie: AccessCookie): Credentials | Answer {
  return besideCookie(bearerToken(request), request, cookie, !SAFE_METHODS.has(request.method));
}

/**
 * The same for credentials already found.
 *
 * @param needsOrigin - whether the page must be one that is allowed to
 */
export function besideCookie(
  sent: Credentials,
  { headers }: RequestHead,
  { name, allowedOrigins }: AccessCookie,
  needsOrigin: boolean,
): Credentials | Answer {
  const inCookie = cookieToken(headers['cookie'], name);
  if (inCookie === '') return sent;
  // Both, or two of one name, of which a neighbouring host may have planted one: not to be guessed (RFC 6750 §2).
  if (sent !== '' || inCookie === MALFORMED) return malformedCredentials(ONE_TOKEN);
  return needsOrigin && !isOfAllowedPage(headers, allowedOrigins) ? csrfFailed() : inCookie;
}

/**
 * The value of a cookie (RFC 6265 §5.4), the empty string when there is none. Taken as it is: nothing is unquoted or
 * decoded, and no blank but space and tab separates. Servers that are more forgiving have taken names that no browser
 * guards for names that it does.
 *
 * @param header - `Cookie`, as Node gives it: several are one by then
 */
export function cookieToken(header: string | string[] | undefined, name: string): string | typeof MALFORMED {
  if (header === undefined) return '';
  if (typeof header !== 'string') return MALFORMED;
  let value: string | undefined;
  for (let start = 0; start < header.length;) {
    const semicolon = header.indexOf(';', start);
    const end = semicolon === -1 ? header.length : semicolon;
    const equals = header.indexOf('=', start);
    if (equals !== -1 && equals < end && unpadded(header, start, equals) === name) {
      if (value !== undefined) return MALFORMED;
      value = unpadded(header, equals + 1, end);
    }
    start = end + 1;
  }
  return value ?? '';
}

/** Without spaces and tabs around (RFC 9110 §5.6.3). */
function unpadded(text: string, from: number, to: number): string {
  let [start, end] = [from, to];
  while (start < end && BLANK.has(text[start])) start += 1;
  while (end > start && BLANK.has(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

/**
 * Whether a browser says that the request comes from such a page. Pages can set neither header themselves. `Origin` decides
 * where there is one; where there is none, a page of the very origin that is asked (Fetch Metadata) will do, and silence
 * will not. From another site browsers do not send the cookie of the auth service at all.
 */
function isOfAllowedPage(headers: RequestHead['headers'], allowedOrigins: readonly string[]): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  if (site === 'cross-site') return false;
  if (origin === undefined) return site === 'same-origin';
  return typeof origin === 'string' && allowedOrigins.includes(origin);
}
