import type { AccessTokenClaims } from '@gatehouse/contracts';

/** Puts a signature under the claims of an access token. Which key and algorithm is the adapter's affair. */
export abstract class TokenSigner {
  /** @returns a compact JWS (RFC 7515 §3.1) with `typ: at+jwt` and the `kid` of the key used. */
  abstract sign(claims: AccessTokenClaims): Promise<string>;
}
