import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 16;
const FORM = /^([\w-]{22})\.([\w-]{43})$/;

/**
 * Proofs that a page has read an answer of ours to the session it acts in. `<salt>.<HMAC over session id and salt>`: nothing is stored,
 * every instance knows them, and each is good for one session and as long as that. Salted, so that no two are alike and none can be
 * guessed byte by byte from the length of compressed answers (BREACH).
 */
export class CsrfTokens {
  private readonly keys: readonly [Buffer, ...Buffer[]];

  /**
   * @param masterKey - 32 bytes, shared by all instances.
   * @param otherMasterKey - its tokens are good too; for the time in which the master key is being changed.
   */
  constructor(masterKey: Buffer, otherMasterKey?: Buffer) {
    this.keys = otherMasterKey ? [keyOf(masterKey), keyOf(otherMasterKey)] : [keyOf(masterKey)];
  }

  mint(sessionId: string): string {
    const salt = randomBytes(SALT_BYTES).toString('base64url');
    return `${salt}.${proof(this.keys[0], sessionId, salt).toString('base64url')}`;
  }

  /** @param text - whatever a client has sent */
  isOf(sessionId: string, text: unknown): boolean {
    const [, salt, given] = (typeof text === 'string' && FORM.exec(text)) || [];
    if (salt === undefined || given === undefined) return false;
    const presented = Buffer.from(given, 'base64url');
    return this.keys.some((key) => timingSafeEqual(proof(key, sessionId, salt), presented));
  }
}

function proof(key: Buffer, sessionId: string, salt: string): Buffer {
  return createHmac('sha256', key).update(`${sessionId}.${salt}`).digest();
}

function keyOf(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'gatehouse csrf-token v1', 32));
}
