/** Which key an algorithm needs, and the hash that `at_hash` is made with (OpenID Connect Core 1.0, section 3.1.3.6). */
interface KeyShape {
  readonly kty: 'RSA' | 'EC' | 'OKP';
  readonly crv?: string;
  readonly hash: 'sha256' | 'sha384' | 'sha512';
}

/** Signatures we take. No `none`, and nothing with a shared secret: who verifies could sign (RFC 8725, section 3.1). */
const SHAPES: ReadonlyMap<string, KeyShape> = new Map([
  ['RS256', { kty: 'RSA', hash: 'sha256' }],
  ['RS384', { kty: 'RSA', hash: 'sha384' }],
  ['RS512', { kty: 'RSA', hash: 'sha512' }],
  ['PS256', { kty: 'RSA', hash: 'sha256' }],
  ['PS384', { kty: 'RSA', hash: 'sha384' }],
  ['PS512', { kty: 'RSA', hash: 'sha512' }],
  ['ES256', { kty: 'EC', crv: 'P-256', hash: 'sha256' }],
  ['ES384', { kty: 'EC', crv: 'P-384', hash: 'sha384' }],
  ['ES512', { kty: 'EC', crv: 'P-521', hash: 'sha512' }],
  ['EdDSA', { kty: 'OKP', crv: 'Ed25519', hash: 'sha512' }],
  ['Ed25519', { kty: 'OKP', crv: 'Ed25519', hash: 'sha512' }],
]);

export const ACCEPTED_ALGORITHMS: readonly string[] = [...SHAPES.keys()];

/** @throws {TypeError} for an algorithm that is not among {@link ACCEPTED_ALGORITHMS}. */
export function keyShapeOf(alg: string): KeyShape {
  const shape = SHAPES.get(alg);
  if (!shape) throw new TypeError('not an accepted algorithm');
  return shape;
}

/** What the metadata lists, as far as we take it; RS256 where it lists nothing (Discovery 1.0, section 3). */
export function algorithmsOf(listed: readonly string[] | undefined): readonly string[] {
  return ACCEPTED_ALGORITHMS.filter((alg) => (listed ?? ['RS256']).includes(alg));
}
