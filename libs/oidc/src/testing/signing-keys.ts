import {
  constants,
  createHash,
  createHmac,
  generateKeyPairSync,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';

export type SigningAlgorithm = 'RS256' | 'PS256' | 'ES256' | 'EdDSA';

export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function newSigningKey(alg: SigningAlgorithm): SigningKey {
  const { privateKey, publicKey } = keyPair(alg);
  const kid = createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
  return { kid, alg, privateKey, publicKey };
}

function keyPair(alg: SigningAlgorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  if (alg === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (alg === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

export function publicJwk(key: SigningKey, extra: Readonly<Record<string, unknown>> = {}): JsonWebKey {
  return { ...key.publicKey.export({ format: 'jwk' }), kid: key.kid, use: 'sig', alg: key.alg, ...extra };
}

/**
 * Signs whatever it is given. Own code on purpose: a library would refuse to write what a hostile provider writes
 * (unknown `crit`, `alg: none`, a public key as an HMAC secret, members twice).
 *
 * @param claims JSON text, so that it need not be well-formed.
 */
export function signedJws(header: Readonly<Record<string, unknown>>, claims: string, key: SigningKey): string {
  const input = `${base64url(JSON.stringify(header))}.${base64url(claims)}`;
  return `${input}.${signature(header['alg'], Buffer.from(input), key)}`;
}

function signature(alg: unknown, input: Buffer, key: SigningKey): string {
  if (alg === 'none') return '';
  if (alg === 'HS256') {
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' });
    return createHmac('sha256', pem).update(input).digest('base64url');
  }
  return bytesSigned(key, input).toString('base64url');
}

function bytesSigned({ alg, privateKey }: SigningKey, input: Buffer): Buffer {
  if (alg === 'EdDSA') return sign(null, input, privateKey);
  if (alg === 'ES256') return sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  if (alg === 'PS256') {
    return sign('sha256', input, {
      key: privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    });
  }
  return sign('sha256', input, privateKey);
}

export function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
