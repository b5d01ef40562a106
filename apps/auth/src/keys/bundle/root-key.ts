import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { KEY_BUNDLE_TYPE, type KeyBundle } from '@gatehouse/contracts';

/**
 * The root key vouches for signing keys and signs nothing else. Validators know only its public half, the trust anchor.
 */
export class RootKey {
  private constructor(private readonly privateKey: KeyObject) {}

  /**
   * @param text - a P-256 private key as PEM (PKCS#8 or SEC1), as JWK in JSON, or as base64 of PKCS#8 DER.
   * @throws {Error} that says what is wrong without showing any of it.
   */
  static parse(text: string): RootKey {
    const key = parsePrivateKey(text.trim());
    if (key?.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
      throw new Error('must be a P-256 private key as PEM, JWK or base64 PKCS#8 DER');
    }
    return new RootKey(key);
  }

  /** Public half as one line: base64 of SubjectPublicKeyInfo DER. What validators call `AUTH_TRUST_ANCHOR`. */
  get trustAnchor(): string {
    return createPublicKey(this.privateKey).export({ format: 'der', type: 'spki' }).toString('base64');
  }

  /** Compact JWS, ES256 (RFC 7515 §3.1, RFC 7518 §3.4). */
  signBundle(bundle: KeyBundle): string {
    const input = `${encode({ alg: 'ES256', typ: KEY_BUNDLE_TYPE })}.${encode(bundle)}`;
    const signature = sign('sha256', Buffer.from(input), { key: this.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${input}.${signature.toString('base64url')}`;
  }
}

function parsePrivateKey(text: string): KeyObject | undefined {
  try {
    if (text.startsWith('-----')) return createPrivateKey(text);
    if (text.startsWith('{')) return createPrivateKey({ key: JSON.parse(text) as JsonWebKeyInput, format: 'jwk' });
    return createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
  } catch {
    // The cause could quote the text, which is the secret.
    return undefined;
  }
}

type JsonWebKeyInput = Extract<Parameters<typeof createPrivateKey>[0], { format: 'jwk' }>['key'];

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
