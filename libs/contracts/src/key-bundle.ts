/** `typ` of a key bundle: a compact JWS (RFC 7515) signed by the root key. */
export const KEY_BUNDLE_TYPE = 'gatehouse-keys+jwt';

/** Algorithms an access token may be signed with. `HS256` is the compatibility mode and never appears in a bundle. */
export const SIGNING_ALGORITHMS = ['ES256', 'EdDSA', 'RS256', 'HS256'] as const;
export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

/** One public signing key (RFC 7517). `alg` is required: a key serves one algorithm. */
export interface PublicSigningKey {
  readonly kid: string;
  readonly alg: Exclude<SigningAlgorithm, 'HS256'>;
  readonly use: 'sig';
  readonly kty: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

/**
 * Payload of a key bundle: all a validator needs to know about the issuer. Because the root key signs it, whoever can
 * write to Redis can withhold a bundle but not forge one; because `ver` only grows, an old one cannot be put back.
 */
export interface KeyBundle {
  /** Issuer of the access tokens, compared as an exact string with their `iss`. */
  readonly iss: string;
  /** Audience the tokens carry unless a service asks for another. */
  readonly aud: string;
  /** Version; strictly growing over the life of the root key. */
  readonly ver: number;
  /** When it was signed, in seconds. */
  readonly iat: number;
  /** Longest life of an access token, in seconds. */
  readonly max_token_seconds: number;
  /** Keys to accept, not-yet-used ones included: they are published before anything is signed with them. */
  readonly keys: readonly PublicSigningKey[];
}
