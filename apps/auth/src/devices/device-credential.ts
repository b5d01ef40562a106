import { createHash, randomBytes } from 'node:crypto';
import { cookieValues } from '../cookie-mode/cookie-header.js';

/** 256 random bits in base64url. */
export const DEVICE_TOKEN_PATTERN = /^[\w-]{43}$/;

/** Browsers take a cookie of this prefix only from the very host, over TLS and for all of its paths (RFC 6265bis §4.1.3.2). */
export const DEVICE_COOKIE = '__Host-device';

/** Longest time browsers keep a cookie (RFC 6265bis §5.5), in seconds: 400 days. */
const COOKIE_SECONDS = 400 * 86_400;

/** A fresh credential, and what is kept of it. */
export function mintDeviceToken(): { readonly text: string; readonly hash: string } {
  const text = randomBytes(32).toString('base64url');
  return { text, hash: deviceTokenHash(text) };
}

/** SHA-256, hex. A fast hash will do: nobody guesses 256 bits. */
export function deviceTokenHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** A `Set-Cookie` that lets a browser keep the credential where no script reads it. */
export function deviceSetCookie(text: string): string {
  return `${DEVICE_COOKIE}=${text}; Path=/; Max-Age=${COOKIE_SECONDS}; HttpOnly; Secure; SameSite=Strict`;
}

/** The parts of a request that may hold the credential, before anything has been checked. */
export interface MayPresentDevice {
  readonly body?: unknown;
  readonly headers: { readonly cookie?: string | undefined };
}

/**
 * The credential a request presents: `device_token` in the body, else the cookie. `undefined` for what cannot be one, and for a
 * cookie sent twice: which is meant must not be guessed.
 */
export function presentedDeviceToken({ body, headers }: MayPresentDevice): string | undefined {
  const sent = (body as { device_token?: unknown } | null | undefined)?.device_token ?? cookieIn(headers.cookie);
  return typeof sent === 'string' && DEVICE_TOKEN_PATTERN.test(sent) ? sent : undefined;
}

function cookieIn(header: string | undefined): string | undefined {
  const values = cookieValues(header, DEVICE_COOKIE);
  return values.length === 1 ? values[0] : undefined;
}
