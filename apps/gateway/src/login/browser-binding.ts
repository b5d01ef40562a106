import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Ties logins that are under way to the browser they began in, by a cookie of random bits. One browser keeps one secret for all
 * its tabs, so that two logins side by side both come to their end. It is worth nothing by itself: each login also has a `state`
 * of its own that works once.
 */
export interface BrowserBinding {
  /** 256 random bits, base64url. */
  readonly secret: string;
  /** Returns from a provider since {@link sinceMs}: what the loop breaker counts. */
  readonly returns: number;
  readonly sinceMs: number;
}

/** Returns from a provider within {@link WINDOW_MS} after which a browser is shown a page in place of another redirect. */
export const MAX_RETURNS = 5;
/** How long returns count together, in ms. */
export const WINDOW_MS = 60_000;

const SECRET = /^[A-Za-z0-9_-]{43}$/;
const VALUE = /^([A-Za-z0-9_-]{43})\.(\d{1,3})\.(\d{1,12})$/;
/** Outlives a pending login, which has ten minutes. */
const MAX_AGE_SECONDS = 900;

export function newBinding(nowMs: number): BrowserBinding {
  return { secret: randomBytes(32).toString('base64url'), returns: 0, sinceMs: nowMs };
}

/** @returns `undefined` for no cookie, two of them, or one we never wrote. */
export function readBinding(cookies: string | undefined, name: string, nowMs: number): BrowserBinding | undefined {
  const values = cookieValues(cookies, name);
  const [, secret, returns, since] = (values.length === 1 && VALUE.exec(values[0] ?? '')) || [];
  if (secret === undefined || !SECRET.test(secret)) return undefined;
  const sinceMs = Number(since) * 1_000;
  const isOver = nowMs - sinceMs > WINDOW_MS || sinceMs > nowMs + WINDOW_MS;
  return isOver ? { secret, returns: 0, sinceMs: nowMs } : { secret, returns: Number(returns), sinceMs };
}

export function withOneMoreReturn({ secret, returns, sinceMs }: BrowserBinding): BrowserBinding {
  return { secret, returns: Math.min(returns + 1, 999), sinceMs };
}

/** The value of `Set-Cookie`. `Lax`, since the browser comes back from another site. */
export function bindingCookie(name: string, { secret, returns, sinceMs }: BrowserBinding): string {
  const secure = name.startsWith('__Host-') ? '; Secure' : '';
  const value = `${secret}.${returns}.${Math.floor(sinceMs / 1_000)}`;
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${MAX_AGE_SECONDS}${secure}`;
}

/** What is kept beside a pending login. The secret itself stays in the browser. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** Whether the browser that came back is the one that left. */
export function isSameBrowser(binding: BrowserBinding | undefined, hash: string): boolean {
  if (!binding) return false;
  const [own, kept] = [Buffer.from(hashOf(binding.secret)), Buffer.from(hash)];
  return own.length === kept.length && timingSafeEqual(own, kept);
}

/** Every value a `Cookie` header gives this name, as written. */
export function cookieValues(cookies: string | undefined, name: string): string[] {
  if (!cookies?.includes(name)) return [];
  return cookies.split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && bare(pair.slice(0, at)) === name ? [bare(pair.slice(at + 1))] : [];
  });
}

/** Spaces and tabs, nothing else: what another parser trims must not become our name here. */
const bare = (text: string) => text.replace(/^[ \t]+|[ \t]+$/g, '');
