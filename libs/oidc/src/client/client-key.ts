import { createHash, createPrivateKey, webcrypto, X509Certificate, type KeyObject } from 'node:crypto';

/** The key we sign our own assertions with (RFC 7523), and what its certificate adds to the header. */
export interface ClientKey {
  readonly kid?: string;
  /** `x5t` (SHA-1, what Entra knows certificates by) and `x5t#S256`. */
  readonly thumbprints?: { readonly x5t: string; readonly 'x5t#S256': string };
  readonly certificateEndsAtMs?: number;
  /** @param listed the algorithms that the provider says it takes. */
  forProvider(listed: readonly string[] | undefined): Promise<webcrypto.CryptoKey>;
}

/** @throws {Error} in words that name no content: no PEM, an unusable kind of key, a certificate of another key. */
export function readClientKey(given: { privateKeyPem: string; certificatePem?: string; keyId?: string }): ClientKey {
  const key = readPrivateKey(given.privateKeyPem);
  const certificate = given.certificatePem === undefined ? undefined : readCertificate(given.certificatePem, key);
  return {
    kid: given.keyId,
    ...certificate,
    forProvider: (listed) => {
      const der = key.export({ type: 'pkcs8', format: 'der' });
      return webcrypto.subtle.importKey('pkcs8', der, algorithmFor(key, listed), false, ['sign']);
    },
  };
}

function readPrivateKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error('the private key is not one in PEM form without a passphrase');
  }
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  const isUsable =
    key.asymmetricKeyType === 'rsa' ? modulusLength >= 2_048 : key.asymmetricKeyType === 'ec' && namedCurve in CURVES;
  if (!isUsable)
    throw new Error('the private key is neither RSA with 2048 bits or more nor EC on P-256, P-384 or P-521');
  return key;
}

function readCertificate(pem: string, key: KeyObject): Pick<ClientKey, 'thumbprints' | 'certificateEndsAtMs'> {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(pem);
  } catch {
    throw new Error('the certificate is not one in PEM form');
  }
  if (!certificate.checkPrivateKey(key)) throw new Error('the certificate does not belong to the private key');
  const print = (hash: string) => createHash(hash).update(certificate.raw).digest('base64url');
  return {
    thumbprints: { x5t: print('sha1'), 'x5t#S256': print('sha256') },
    certificateEndsAtMs: Date.parse(certificate.validTo),
  };
}

const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };

/** PS256 where the provider takes it: Entra asks for it, and RS256 is what every other one knows. */
function algorithmFor(key: KeyObject, listed: readonly string[] | undefined): webcrypto.AlgorithmIdentifier {
  const curve = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (curve !== undefined) return { name: 'ECDSA', namedCurve: curve } as webcrypto.EcKeyImportParams;
  const name = listed?.includes('PS256') ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
  return { name, hash: 'SHA-256' } as webcrypto.RsaHashedImportParams;
}
