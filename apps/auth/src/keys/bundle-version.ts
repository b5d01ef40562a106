import { createPublicKey, verify } from 'node:crypto';

/**
 * Version of a bundle that is already out there, `undefined` unless our root key signed it: whoever can write to Redis must
 * not be able to keep us from publishing by planting a high version.
 *
 * @param trustAnchor - base64 of SubjectPublicKeyInfo DER.
 */
export function bundleVersion(text: string, trustAnchor: string): number | undefined {
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const key = createPublicKey({ key: Buffer.from(trustAnchor, 'base64'), format: 'der', type: 'spki' });
  const genuine = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  );
  if (!genuine) return undefined;
  const { ver } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as { ver?: unknown };
  return typeof ver === 'number' ? ver : undefined;
}
