import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Longer texts are none of ours. */
const MAX_CHARACTERS = 6_000;

interface Kept {
  readonly untilMs: number;
  readonly content: unknown;
}

/**
 * Notes this service leaves with a browser and reads when they come back: nobody else reads them, and nobody makes one up
 * (AES-256-GCM). Every instance knows them, and nothing is stored; that each counts once is for the reader to see to.
 */
export class SealedNotes {
  private readonly keys: readonly [Buffer, ...Buffer[]];

  /**
   * @param masterKey - 32 bytes, shared by all instances
   * @param purpose - notes of one purpose are none of another
   * @param otherMasterKey - its notes are read too; for the time in which the master key is being changed
   */
  constructor(masterKey: Buffer, purpose: string, otherMasterKey?: Buffer) {
    const keyOf = (master: Buffer) =>
      Buffer.from(hkdfSync('sha256', master, Buffer.alloc(0), `gatehouse ${purpose} v1`, 32));
    this.keys = otherMasterKey ? [keyOf(masterKey), keyOf(otherMasterKey)] : [keyOf(masterKey)];
  }

  /** @param content - JSON */
  seal(content: unknown, untilMs: number): string {
    const kept: Kept = { untilMs, content };
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.keys[0], iv);
    const sealed = Buffer.concat([cipher.update(JSON.stringify(kept), 'utf8'), cipher.final()]);
    return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @returns what was sealed; `undefined` for anything else, and once its time is over. */
  open(text: string, nowMs: number): unknown {
    if (text.length > MAX_CHARACTERS || !/^[\w-]+$/.test(text)) return undefined;
    const bytes = Buffer.from(text, 'base64url');
    // One note has one spelling.
    if (bytes.length < IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return undefined;
    for (const key of this.keys) {
      const kept = opened(key, bytes);
      if (kept) return nowMs < kept.untilMs ? kept.content : undefined;
    }
    return undefined;
  }
}

function opened(key: Buffer, bytes: Buffer): Kept | undefined {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const sealed = bytes.subarray(IV_BYTES, -TAG_BYTES);
    return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')) as Kept;
  } catch {
    return undefined;
  }
}
