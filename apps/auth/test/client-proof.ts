import { generateKeyPairSync, type JsonWebKey, type KeyObject, sign } from 'node:crypto';
import { randomUuid } from '@gatehouse/kernel';
import { JWT_BEARER } from '../src/oauth/http/presented-client.js';

/** A key pair of a service. */
export interface ServiceKey {
  readonly privateKey: KeyObject;
  readonly jwk: JsonWebKey & { readonly kid: string };
  readonly alg: 'ES256' | 'EdDSA' | 'RS256';
}

export function aServiceKey(alg: ServiceKey['alg'] = 'ES256'): ServiceKey {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { privateKey: pair.privateKey, jwk: { ...pair.publicKey.export({ format: 'jwk' }), kid: randomUuid() }, alg };
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A proof (RFC 7523 §3), good for a minute unless the changes see to it that it is not; `undefined` leaves a claim out. */
export function aProof(
  key: ServiceKey,
  clientId: string,
  changes: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: clientId, sub: clientId, aud: 'http://auth.test', jti: randomUuid(), iat: now, exp: now + 60 };
  const input = `${part({ alg: key.alg, kid: key.jwk.kid, ...header })}.${part({ ...claims, ...changes })}`;
  const bytes = Buffer.from(input);
  const signature =
    key.alg === 'EdDSA'
      ? sign(null, bytes, key.privateKey)
      : sign('sha256', bytes, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The form of a token request with this proof. */
export function proofForm(proof: string, more: Record<string, string> = {}): Record<string, string> {
  return { grant_type: 'client_credentials', client_assertion_type: JWT_BEARER, client_assertion: proof, ...more };
}
