import { createCipheriv, createDecipheriv, createPrivateKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals private keys for the database (AES-256-GCM under a key derived from `KEY_ENCRYPTION_KEY`). The key id is bound in: a
 * sealed half moved to another row does not open.
 */
export class PrivateKeySealer {
  private readonly key: Buffer;
  private readonly otherKey: Buffer | undefined;

  /**
   * @param masterKey - 32 bytes.
   * @param otherMasterKey - opens what it sealed as well; for the time in which the master key is being changed.
   */
  constructor(masterKey: Buffer, otherMasterKey?: Buffer) {
    this.key = sealingKey(masterKey);
    this.otherKey = otherMasterKey && sealingKey(otherMasterKey);
  }

  seal(kid: string, privateKey: KeyObject): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.key, iv).setAAD(Buffer.from(kid));
    const plain = privateKey.export({ format: 'der', type: 'pkcs8' });
    return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  /** @throws {SealBroken} under another master key, for another key id, or after any change. */
  open(kid: string, sealed: string): KeyObject {
    const bytes = Buffer.from(sealed, 'base64');
    if (this.otherKey && !this.isSealedNow(kid, sealed)) return openWith(this.otherKey, kid, bytes);
    return openWith(this.key, kid, bytes);
  }

  /** Whether the master key itself opens it, rather than the other one or none. */
  isSealedNow(kid: string, sealed: string): boolean {
    try {
      openWith(this.key, kid, Buffer.from(sealed, 'base64'));
      return true;
    } catch (error) {
      if (error instanceof SealBroken) return false;
      throw error;
    }
  }
}

function sealingKey(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'gatehouse signing-key seal v1', 32));
}

function openWith(key: Buffer, kid: string, bytes: Buffer): KeyObject {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    }).setAAD(Buffer.from(kid));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const der = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]);
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } catch (cause) {
    throw new SealBroken(kid, { cause });
  }
}

/** A private key does not open: most likely `KEY_ENCRYPTION_KEY` is not the one it was sealed with. */
export class SealBroken extends Error {
  constructor(kid: string, options?: ErrorOptions) {
    super(`signing key ${kid} does not open; is KEY_ENCRYPTION_KEY the one it was sealed with?`, options);
    this.name = 'SealBroken';
  }
}
