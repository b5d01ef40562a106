/** The cookie in which browsers keep the access token, and the pages that may use it. */
export interface AccessCookie {
  /**
   * Name of the cookie. With `__Host-` in front, browsers take it only over https and from this very host, so that no
   * neighbouring host can plant one; without, a warning is given.
   */
  readonly name: string;
  /**
   * Origins of the pages that may change something, exactly as browsers send them: `https://app.example`. Every request but
   * GET, HEAD and OPTIONS, and every upgrade to WebSocket, that comes with the cookie and from another page, or from
   * nobody knows where, is refused with 403 `CSRF_FAILED`. The service's own origin is not among them unless it is listed.
   */
  readonly allowedOrigins: readonly string[];
}

/** RFC 6265 §4.1.1: a token. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PREFIX = '__Host-';

/** What is wrong with it, one sentence each. */
export function accessCookieFaults(cookie: AccessCookie | undefined): string[] {
  if (cookie === undefined) return [];
  const faults: string[] = [];
  const { name, allowedOrigins } = cookie;
  if (typeof name !== 'string' || !NAME.test(name) || name === PREFIX)
    faults.push('accessCookie.name (ACCESS_COOKIE): is no name of a cookie');
  const origins = 'accessCookie.allowedOrigins (COOKIE_ORIGINS)';
  if (!Array.isArray(allowedOrigins) || allowedOrigins.length === 0)
    faults.push(`${origins}: names no page that may use the cookie`);
  else if (!allowedOrigins.every(isOrigin))
    faults.push(`${origins}: are not all like https://app.example, and nothing after it`);
  return faults;
}

/** What is allowed and unwise, one sentence each. */
export function accessCookieWarnings({ name, allowedOrigins }: AccessCookie): string[] {
  const warnings: string[] = [];
  if (!name.startsWith(PREFIX)) {
    warnings.push(
      'The access cookie has no __Host- in its name: a neighbouring host, or anybody on the line, can plant one.',
    );
  }
  if (allowedOrigins.some((origin) => origin.startsWith('http:') && !isOnThisMachine(origin))) {
    warnings.push('A page over plain http may use the access cookie: whoever sits on its line can act in its place.');
  }
  return warnings;
}

/** Whether a browser would send it letter by letter so: `null` and `*` are none, and a host may hold no `*` either. */
function isOrigin(text: string): boolean {
  if (text.includes('*')) return false;
  try {
    const { origin, protocol } = new URL(text);
    return origin === text && (protocol === 'https:' || protocol === 'http:');
  } catch {
    return false;
  }
}

function isOnThisMachine(origin: string): boolean {
  const { hostname } = new URL(origin);
  return ['localhost', '127.0.0.1', '[::1]'].includes(hostname) || hostname.endsWith('.localhost');
}
