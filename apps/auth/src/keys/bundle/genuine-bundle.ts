import { createPublicKey, verify } from 'node:crypto';
import type { NewerBundle } from '../signing/key-ring.js';

/**
 * What a bundle says that is already out there, `undefined` unless one of our root keys signed it: whoever can write to Redis
 * must not be able to keep us from publishing by planting a high version.
 *
 * @param trustAnchors - base64 of SubjectPublicKeyInfo DER; several while the root is being changed.
 */
export function genuineBundle(text: string, trustAnchors: readonly string[]): NewerBundle | undefined {
  const [header, payload, signature, ...rest] = text.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const signed = Buffer.from(`${header}.${payload}`);
  const isGenuine = trustAnchors.some((anchor) => {
    const key = createPublicKey({ key: Buffer.from(anchor, 'base64'), format: 'der', type: 'spki' });
    return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url'));
  });
  if (!isGenuine) return undefined;
  const { ver, keys } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
    ver?: unknown;
    keys?: unknown;
  };
  return typeof ver === 'number' ? { version: ver, kids: kidsOf(keys) } : undefined;
}

/** {@link genuineBundle} for a place that is asked again and again and mostly answers the same. */
export class BundleReader {
  private text: string | undefined;
  private bundle: NewerBundle | undefined;

  constructor(private readonly trustAnchors: readonly string[]) {}

  read(text: string): NewerBundle | undefined {
    if (text !== this.text) this.bundle = genuineBundle(text, this.trustAnchors);
    this.text = text;
    return this.bundle;
  }
}

function kidsOf(keys: unknown): string[] {
  if (!Array.isArray(keys)) return [];
  return (keys as { kid?: unknown }[]).flatMap(({ kid }) => (typeof kid === 'string' ? [kid] : []));
}
