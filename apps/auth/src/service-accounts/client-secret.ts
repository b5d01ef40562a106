import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { type ClientSecret, MAX_SECRETS } from './service-account.js';

/** So that scanners of repositories and logs recognise one. */
const PREFIX = 'gatehouse_secret_';
/** Stands where there is no secret; no text is known that hashes to it. */
const NO_SECRET = Buffer.alloc(32);

export interface MintedSecret {
  /** Shown once, kept nowhere. */
  readonly text: string;
  readonly secret: ClientSecret;
}

/** A new secret of 256 random bits. */
export function mintSecret(nowMs: number): MintedSecret {
  const text = `${PREFIX}${randomBytes(32).toString('base64url')}`;
  return { text, secret: keptSecret(text, nowMs) };
}

/** What is kept of a secret that somebody else has made. */
export function keptSecret(text: string, nowMs: number): ClientSecret {
  return { id: randomHex(8), hash: sha256(text).toString('hex'), createdAtMs: nowMs, expiresAtMs: null };
}

/**
 * Whether the text is one of these secrets and still in force. Takes the same time for every text, whether it is right, wrong or
 * past, and however many secrets there are, none included.
 */
export function matchesSecret(text: string, secrets: readonly ClientSecret[], nowMs: number): boolean {
  const presented = sha256(text);
  let matches = false;
  for (let i = 0; i < MAX_SECRETS; i++) {
    const known = secrets[i];
    const inForce = known !== undefined && nowMs < (known.expiresAtMs ?? Infinity);
    const isEqual = timingSafeEqual(presented, inForce ? Buffer.from(known.hash, 'hex') : NO_SECRET);
    matches = (isEqual && inForce) || matches;
  }
  return matches;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
