import { isFreshness, type Freshness } from '../core/verdict.js';

/** What a step-up asks for: at least one of the two. */
export interface FreshOptions {
  /** How long ago the person may have last proved who they are, in seconds. @default any time ago */
  readonly maxAgeSeconds?: number | undefined;
  /** Assurance levels, of which the token's `acr` must be one. @default any */
  readonly acrValues?: readonly string[] | undefined;
}

/** RFC 6749 §3.3: a scope holds no space, quote or backslash. What is left needs no escape in a header. */
const PLAIN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** @throws {TypeError} for a scope that no token can have, or that would break the header it is named in. */
export function soundScopes<S extends readonly string[]>(scopes: S): S {
  if (!scopes.every((scope) => PLAIN.test(scope))) throw new TypeError('A scope is empty or holds a space or a quote.');
  return scopes;
}

/** @throws {TypeError} for what is no policy. Taken as it comes, `{ boundedSeconds: NaN }` would let any age pass. */
export function soundFreshness(freshness: Freshness): Freshness {
  if (isFreshness(freshness)) return freshness;
  throw new TypeError("freshness is neither 'open', 'closed' nor { boundedSeconds } above 0.");
}

/** @throws {TypeError} for options that ask for nothing, or for something that cannot be. */
export function soundFreshOptions<O extends FreshOptions>(options: O): O {
  const { maxAgeSeconds, acrValues } = options;
  if (maxAgeSeconds === undefined && acrValues === undefined) {
    throw new TypeError('A fresh sign-in needs maxAgeSeconds, acrValues or both.');
  }
  // NaN would refuse everybody, which is safe and very hard to find.
  if (maxAgeSeconds !== undefined && !(Number.isFinite(maxAgeSeconds) && maxAgeSeconds >= 0)) {
    throw new TypeError('maxAgeSeconds is no number of seconds.');
  }
  if (acrValues !== undefined && (acrValues.length === 0 || !acrValues.every((acr) => PLAIN.test(acr)))) {
    throw new TypeError('acrValues is empty, or one of them is or holds a space or a quote.');
  }
  return options;
}
