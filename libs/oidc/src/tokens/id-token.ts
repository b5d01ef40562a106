import { createHash, timingSafeEqual } from 'node:crypto';
import { OidcError } from '../client/oidc-error.js';
import { own, type JsonObject } from '../provider/strict-json.js';
import { keyShapeOf } from './algorithms.js';
import {
  audiences,
  checkAge,
  checkHasNone,
  checkTimes,
  CLOCK_TOLERANCE_SECONDS,
  invalid,
  requiredSeconds,
  requiredText,
  seconds,
  text,
} from './claims.js';
import { openSigned, type Trust } from './signed-token.js';

export interface IdTokenExpectations {
  /** Compared where given; a token without the claim is then refused. */
  readonly nonce?: string;
  /** Of the token itself, from its `iat`. */
  readonly maxTokenAgeSeconds?: number;
  /** What was asked for with `max_age`: `auth_time` must be there and not further back. */
  readonly maxAgeSeconds?: number;
  /** Space-separated; `acr` must be one of them. */
  readonly acrValues?: string;
  /** The access token that came with it, for `at_hash`. */
  readonly accessToken?: string;
}

/** Claims of access tokens and of security events, which no ID token has. */
const FOREIGN_CLAIMS = ['events', 'scp', 'azpacr', 'toe'];

/** Claims of an ID token after all checks of OpenID Connect Core 1.0, section 3.1.3.7. */
export async function checkedIdToken(token: string, trust: Trust, expected: IdTokenExpectations): Promise<JsonObject> {
  const { header, claims } = await openSigned(token, trust, { types: [undefined, 'jwt'], algorithms: 'as-id-token' });
  const now = trust.clock.nowSeconds();

  requiredText(claims, 'sub', 255);
  checkAudience(claims, trust.clientId);
  checkHasNone(claims, FOREIGN_CLAIMS, 'no ID token');
  checkTimes(claims, now);
  checkAge(claims, now, expected.maxTokenAgeSeconds ?? Infinity);
  checkNonce(text(claims, 'nonce', 512), expected.nonce);
  checkAuthentication(claims, expected, now);
  checkAccessTokenHash(text(claims, 'at_hash', 128), expected.accessToken, header.alg);
  return claims;
}

function checkAudience(claims: JsonObject, clientId: string): void {
  const list = audiences(claims);
  const authorized = text(claims, 'azp', 512);
  // Made out to others as well, it must at least have been made at our request.
  const isOurs = list.includes(clientId) && (authorized === undefined ? list.length === 1 : authorized === clientId);
  if (!isOurs) throw new OidcError('refused', 'AUDIENCE_MISMATCH', 'the token was made out to somebody else');
}

function checkNonce(nonce: string | undefined, expected: string | undefined): void {
  if (expected !== undefined && !isSame(nonce ?? '', expected)) {
    throw new OidcError('refused', 'NONCE_MISMATCH', 'the token belongs to another sign-in');
  }
}

function checkAuthentication(claims: JsonObject, { maxAgeSeconds, acrValues }: IdTokenExpectations, now: number): void {
  seconds(claims, 'auth_time');
  if (
    maxAgeSeconds !== undefined &&
    requiredSeconds(claims, 'auth_time') < now - maxAgeSeconds - CLOCK_TOLERANCE_SECONDS
  ) {
    throw new OidcError('refused', 'AUTHENTICATION_TOO_OLD', 'the person signed in too long ago');
  }
  if (acrValues !== undefined && !acrValues.split(' ').includes(String(own(claims, 'acr')))) {
    throw new OidcError(
      'refused',
      'AUTHENTICATION_TOO_WEAK',
      'the person did not sign in as strongly as was asked for',
    );
  }
}

function checkAccessTokenHash(hash: string | undefined, accessToken: string | undefined, alg: string): void {
  if (hash === undefined || accessToken === undefined) return;
  const digest = createHash(keyShapeOf(alg).hash).update(accessToken, 'ascii').digest();
  const half = digest.subarray(0, digest.length / 2).toString('base64url');
  if (!isSame(hash, half)) throw invalid('the access token does not belong to the ID token');
}

/** In a time that tells nothing of where they differ. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((each) => createHash('sha256').update(each).digest()) as [Buffer, Buffer];
  return timingSafeEqual(left, right);
}
