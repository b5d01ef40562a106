import { compactVerify, type CryptoKey } from 'jose';
import type { Clock } from '@gatehouse/kernel';
import { OidcError } from '../client/oidc-error.js';
import type { Discovery } from '../provider/discovery.js';
import type { IssuerRule } from '../provider/issuer-rule.js';
import { own, parseJsonObject, type JsonObject } from '../provider/strict-json.js';
import { ACCEPTED_ALGORITHMS, algorithmsOf } from './algorithms.js';
import { invalid, requiredText, text } from './claims.js';
import type { SigningKeys } from './signing-keys.js';

/** What a token is measured against. */
export interface Trust {
  readonly clientId: string;
  readonly rule: IssuerRule;
  readonly discovery: Discovery;
  readonly keys: SigningKeys;
  readonly clock: Clock;
}

/** Which class of token is meant: one class never passes for another (RFC 8725, section 3.11). */
export interface TokenClass {
  /** In lower case, without `application/`; `undefined` where `typ` may be missing. */
  readonly types: readonly (string | undefined)[];
  /** Whether the algorithms the metadata lists for ID tokens bind it. */
  readonly algorithms: 'as-id-token' | 'any-accepted';
}

export interface SignedToken {
  readonly header: JsonObject & { readonly alg: string };
  readonly claims: JsonObject;
  readonly type: string | undefined;
}

/** An ID token with the ids of 200 groups has about 13,000 characters. */
const MAX_LENGTH = 32_768;

/** A token that the provider signed, of the class that is meant. Everything else about its claims is still to be checked. */
export async function openSigned(token: string, trust: Trust, tokenClass: TokenClass): Promise<SignedToken> {
  const { header, claims } = read(token);
  const type = typeOf(header);
  if (!tokenClass.types.includes(type)) throw invalid('the token is of another class');

  const metadata = await trust.discovery.current();
  const algorithms =
    tokenClass.algorithms === 'as-id-token'
      ? algorithmsOf(metadata.id_token_signing_alg_values_supported)
      : ACCEPTED_ALGORITHMS;
  const alg = requiredText(header, 'alg', 16);
  if (!algorithms.includes(alg)) throw invalid('the token is signed with an algorithm that is not taken');

  const issuer = trust.rule.issuerOf(claims, metadata.issuer);
  if (own(claims, 'iss') !== issuer) {
    throw new OidcError('refused', 'ISSUER_MISMATCH', 'the token is of another issuer');
  }
  const keys = await trust.keys.find({
    alg,
    kid: text(header, 'kid', 512),
    fits: (keyIssuer) => trust.rule.acceptsKey(keyIssuer, issuer, metadata.issuer),
  });
  if (!(await isSignedBy(token, keys, alg))) throw invalid('the signature is not good');
  return { header: { ...header, alg }, claims, type };
}

/** Header and claims, strictly: three parts of base64url, JSON objects without repeated members, no extensions. */
function read(token: string): { header: JsonObject; claims: JsonObject } {
  if (token.length > MAX_LENGTH) throw invalid('the token is too long');
  const parts = token.split('.');
  if (parts.length !== 3 || !parts.every((part) => /^[\w-]+$/.test(part))) throw invalid('that is no signed token');
  const [header, claims] = parts.map((part) => parseJsonObject(Buffer.from(part, 'base64url').toString('utf8')));
  if (!header || !claims) throw invalid('the token is not made of JSON objects without repeated members');
  // An extension that must be understood, and we understand none (RFC 7515, section 4.1.11).
  if (own(header, 'crit') !== undefined || own(header, 'b64') !== undefined) {
    throw invalid('the token asks for an extension');
  }
  return { header, claims };
}

function typeOf(header: JsonObject): string | undefined {
  return text(header, 'typ', 64)
    ?.toLowerCase()
    .replace(/^application\//, '');
}

async function isSignedBy(token: string, keys: readonly CryptoKey[], alg: string): Promise<boolean> {
  for (const key of keys) {
    const isGood = await compactVerify(token, key, { algorithms: [alg as 'RS256'] }).then(
      () => true,
      () => false,
    );
    if (isGood) return true;
  }
  return false;
}
