import { SESSION_ID_PATTERN } from '@gatehouse/contracts';

/** What a request's `Cookie` header says of a session. */
export type PresentedCookie =
  | { readonly kind: 'none' }
  /** Two of our name: one of them was planted, and which one cannot be told (cookie tossing). */
  | { readonly kind: 'ambiguous' }
  /** One of our name that we never wrote. */
  | { readonly kind: 'malformed' }
  | { readonly kind: 'presented'; readonly sid: string; readonly secret: string };

/** 256 bits, base64url. */
const SECRET = /^[A-Za-z0-9_-]{43}$/;
/** Browsers keep such a cookie only if it is `Secure`, of this very host, and for the whole of it (RFC 6265bis §4.1.3.2). */
const HOST_PREFIX = '__Host-';
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** The rules for the cookie's name were broken: browsers would drop the cookie, or keep one that others can plant. */
export class UnsafeCookieName extends Error {
  override readonly name = 'UnsafeCookieName';
}

/**
 * The session cookie, `<sid>.<secret>`. The session id is an identifier that people see in their list of sessions; what proves
 * anything is the secret. It carries no token and nothing of the person.
 */
export class SessionCookie {
  private readonly attributes: string;

  /**
   * @param name - `__Host-…`; any other name only on plain http on this machine, where browsers take no `__Host-` cookie
   * @throws {UnsafeCookieName}
   */
  constructor(
    private readonly name: string,
    publicUrl: URL,
  ) {
    const isLocal = publicUrl.protocol === 'http:' && LOOPBACK.test(publicUrl.hostname);
    const isHostBound = name.startsWith(HOST_PREFIX) && name.length > HOST_PREFIX.length;
    if (!/^[\w-]+$/.test(name)) throw new UnsafeCookieName('a cookie name has letters, digits, _ and - only');
    if (isLocal && isHostBound) throw new UnsafeCookieName('browsers take no __Host- cookie over plain http');
    if (!isLocal && !isHostBound) throw new UnsafeCookieName('the name of the session cookie must begin with __Host-');
    if (publicUrl.protocol !== 'https:' && !isLocal) {
      throw new UnsafeCookieName('a session cookie needs https anywhere but on this machine');
    }
    this.attributes = `; Path=/; HttpOnly; SameSite=Lax${isHostBound ? '; Secure' : ''}`;
  }

  /** @param header - all `Cookie` headers, as Node joins them. Names are compared to the letter, as browsers do. */
  read(header: string | undefined): PresentedCookie {
    const values = header?.includes(this.name) ? valuesOf(header, this.name) : [];
    const [value, ...more] = values;
    if (value === undefined) return { kind: 'none' };
    if (more.length > 0) return { kind: 'ambiguous' };
    const dot = value.indexOf('.');
    const [sid, secret] = [value.slice(0, dot), value.slice(dot + 1)];
    if (!SESSION_ID_PATTERN.test(sid) || !SECRET.test(secret)) return { kind: 'malformed' };
    return { kind: 'presented', sid, secret };
  }

  /** `Set-Cookie` for a session. It ends with the browser; its real end is the store's affair. */
  issue(sid: string, secret: string): string {
    return `${this.name}=${sid}.${secret}${this.attributes}`;
  }

  /** `Set-Cookie` that takes it away. */
  get clearing(): string {
    return `${this.name}=; Max-Age=0${this.attributes}`;
  }
}

function valuesOf(header: string, name: string): string[] {
  const values: string[] = [];
  for (const pair of header.split(';')) {
    const at = pair.indexOf('=');
    // Spaces and tabs, nothing else: what another parser trims must not become our name here (`\u00a0__Host-…`).
    if (at > 0 && bare(pair.slice(0, at)) === name) values.push(bare(pair.slice(at + 1)));
  }
  return values;
}

function bare(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}
