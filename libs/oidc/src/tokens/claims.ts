import { OidcError } from '../client/oidc-error.js';
import { own, type JsonObject } from '../provider/strict-json.js';

/** Clock difference to forgive on `exp`, `nbf`, `iat` and `auth_time`, in seconds. */
export const CLOCK_TOLERANCE_SECONDS = 30;

export function invalid(message: string): OidcError {
  return new OidcError('refused', 'TOKEN_INVALID', message);
}

/** @throws {OidcError} where the claim is there and no text of 1 to `max` characters. */
export function text(claims: JsonObject, name: string, max: number): string | undefined {
  const value = own(claims, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' || value.length === 0 || value.length > max) {
    throw invalid(`the claim ${name} is not a text of 1 to ${max} characters`);
  }
  return value;
}

export function requiredText(claims: JsonObject, name: string, max: number): string {
  const value = text(claims, name, max);
  if (value === undefined) throw invalid(`the claim ${name} is missing`);
  return value;
}

/** NumericDate (RFC 7519, section 2), in seconds. */
export function seconds(claims: JsonObject, name: string): number | undefined {
  const value = own(claims, name);
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > 253_402_300_799) {
    throw invalid(`the claim ${name} is not a time`);
  }
  return value;
}

export function requiredSeconds(claims: JsonObject, name: string): number {
  const value = seconds(claims, name);
  if (value === undefined) throw invalid(`the claim ${name} is missing`);
  return value;
}

/** Texts of a claim that is a list of them, or a single one; each once. */
export function texts(value: unknown, name: string, maxEntries: number): readonly string[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const isTexts = list.every((each) => typeof each === 'string' && each.length > 0 && each.length <= 512);
  if (!isTexts || list.length > maxEntries) throw invalid(`${name} is not a list of at most ${maxEntries} texts`);
  return [...new Set(list as string[])];
}

/** `aud` as a list (RFC 7519, section 4.1.3). */
export function audiences(claims: JsonObject): readonly string[] {
  const list = texts(own(claims, 'aud'), 'the claim aud', 32);
  if (list.length === 0) throw invalid('the claim aud is missing');
  return list;
}

/** Checks `exp` (required) and `nbf`; `iat`, where there is one, must not lie ahead. */
export function checkTimes(claims: JsonObject, nowSeconds: number): void {
  if (requiredSeconds(claims, 'exp') <= nowSeconds - CLOCK_TOLERANCE_SECONDS) {
    throw new OidcError('refused', 'TOKEN_EXPIRED', 'the token has expired');
  }
  checkNotAhead(claims, nowSeconds);
}

/** `nbf` and `iat`, where they are there. */
export function checkNotAhead(claims: JsonObject, nowSeconds: number): void {
  for (const name of ['nbf', 'iat']) {
    if ((seconds(claims, name) ?? 0) > nowSeconds + CLOCK_TOLERANCE_SECONDS) {
      throw invalid(`the token's ${name} lies ahead`);
    }
  }
}

/** The token's issue must not lie further back. */
export function checkAge(claims: JsonObject, nowSeconds: number, maxAgeSeconds: number): void {
  if (requiredSeconds(claims, 'iat') < nowSeconds - maxAgeSeconds - CLOCK_TOLERANCE_SECONDS) {
    throw new OidcError('refused', 'TOKEN_EXPIRED', 'the token was issued too long ago');
  }
}

/** Claims of a service or a user that must not be in a token of another class. */
export function checkHasNone(claims: JsonObject, names: readonly string[], whatItIsNot: string): void {
  const found = names.find((name) => own(claims, name) !== undefined);
  if (found) throw invalid(`a token with the claim ${found} is ${whatItIsNot}`);
}
