import type { LoginWish } from './login-wish.js';

const MAX_AGE = /^\d{1,9}$/;
const ACR = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;
const PROVIDER = /^[A-Za-z0-9._-]{1,64}$/;

/** What `GET /_gw/login` was asked for. What is malformed or there twice counts as left out: a stranger may have written the link. */
export function loginWishOf(query: unknown): LoginWish {
  const given = (query ?? {}) as Readonly<Record<string, unknown>>;
  const one = (name: string, pattern?: RegExp) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    return typeof value === 'string' && (pattern?.test(value) ?? true) ? value : undefined;
  };
  const maxAge = one('maxAge', MAX_AGE);
  const prompt = one('prompt');
  return {
    provider: one('provider', PROVIDER),
    returnTo: one('returnTo'),
    maxAgeSeconds: maxAge === undefined ? undefined : Number(maxAge),
    acr: one('acr', ACR),
    prompt: prompt === 'login' || prompt === 'select_account' ? prompt : undefined,
  };
}
