import { createPublicKey } from 'node:crypto';

/**
 * Public root keys as one line has them, with commas between them.
 *
 * @returns base64 of SubjectPublicKeyInfo DER each; `undefined` unless every one is a P-256 public key.
 */
export function trustAnchorsOf(text: string): readonly string[] | undefined {
  const anchors = text.split(',').map((one) => one.trim());
  return anchors.every(isAnchor) ? anchors : undefined;
}

function isAnchor(text: string): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}
