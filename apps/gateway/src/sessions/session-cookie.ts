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

  /**
   * `Set-Cookie` for a session, whose real end is the store's affair.
   *
   * @param keptMs - how long the browser keeps it. @default until it is closed
   */
  issue(sid: string, secret: string, keptMs?: number): string {
    const kept = keptMs === undefined ? '' : `; Max-Age=${Math.floor(keptMs / 1_000)}`;
    return `${this.name}=${sid}.${secret}${kept}${this.attributes}`;
  }

  /** `Set-Cookie` that takes it away. */
  get clearing(): string {
    return `${this.name}=; Max-Age=0${this.attributes}`;
  }
}

/** What the header gives this name, pair by pair; none of the others is copied. */
function valuesOf(header: string, name: string): string[] {
  const values: string[] = [];
  let equals = header.indexOf('=');
  for (let from = 0; equals !== -1;) {
    const semicolon = header.indexOf(';', from);
    const end = semicolon === -1 ? header.length : semicolon;
    if (equals > from && equals < end && isNamed(header, from, equals, name))
      values.push(bare(header, equals + 1, end));
    from = end + 1;
    // Each is looked for once, however many pairs have none.
    if (equals < from) equals = header.indexOf('=', from);
  }
  return values;
}

function isNamed(header: string, from: number, to: number, name: string): boolean {
  const [start, end] = [afterBlanks(header, from, to), beforeBlanks(header, from, to)];
  return end - start === name.length && header.startsWith(name, start);
}

function bare(header: string, from: number, to: number): string {
  const start = afterBlanks(header, from, to);
  return header.slice(start, Math.max(start, beforeBlanks(header, from, to)));
}

function afterBlanks(text: string, from: number, to: number): number {
  let at = from;
  while (at < to && isBlank(text.charCodeAt(at))) at += 1;
  return at;
}

function beforeBlanks(text: string, from: number, to: number): number {
  let at = to;
  while (at > from && isBlank(text.charCodeAt(at - 1))) at -= 1;
  return at;
}

/** Spaces and tabs, nothing else: what another parser trims must not become our name here (`\u00a0__Host-…`). */
function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
