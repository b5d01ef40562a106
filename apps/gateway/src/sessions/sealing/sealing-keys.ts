import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Not what we sealed for this, or sealed with a key that is not ours any more. */
export class SealBroken extends Error {
  override readonly name = 'SealBroken';
}

/** What is said of a session whose tokens cannot be opened. */
export const SEAL_BROKEN = 'seal_broken';

/** What something is sealed for. */
export interface SealedFor {
  /** 256 random bits, base64url, that are not kept where the seal is. */
  readonly secret: string;
  /** What the key made of it is for; one purpose never opens the seal of another. */
  readonly purpose: string;
  /** Authenticated: must be told again to open it. */
  readonly boundTo: string;
}

const VERSION = 'v1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

interface SealingKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * AES-256-GCM under a key that takes two to make: HKDF-SHA256 of a secret that somebody else keeps, and of a key-encryption key
 * that only the gateways have.
 */
export class SealingKeys {
  private readonly newest: SealingKey;
  private readonly byId: ReadonlyMap<string, SealingKey>;

  /** @param keys - 32 bytes each; the first seals, all open. */
  constructor(keys: readonly Uint8Array[]) {
    const named = keys.map((bytes) => ({ id: keyIdOf(bytes), bytes }));
    const [newest] = named;
    if (!newest) throw new Error('sealing takes at least one key');
    if (named.some(({ bytes }) => bytes.length !== 32)) throw new Error('a sealing key has 32 bytes');
    this.newest = newest;
    this.byId = new Map(named.map((key) => [key.id, key]));
  }

  /** @returns `v1|key id|iv|ciphertext|tag` */
  seal(text: string, whose: SealedFor): string {
    const { id } = this.newest;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', keyFor(this.newest, whose), iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(authenticated(whose, id));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return [VERSION, id, ...[iv, sealed, cipher.getAuthTag()].map(toText)].join('|');
  }

  /** @throws {SealBroken} */
  open(sealed: string, whose: SealedFor): string {
    const [version, id = '', iv = '', text = '', tag = '', ...more] = sealed.split('|');
    if (version !== VERSION || more.length > 0) throw new SealBroken('the form of the seal is not known');
    const key = this.byId.get(id);
    if (!key) throw new SealBroken('sealed with a key that is not configured');
    try {
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv('aes-256-gcm', keyFor(key, whose), toBytes(iv), options);
      decipher.setAAD(authenticated(whose, id)).setAuthTag(toBytes(tag));
      return Buffer.concat([decipher.update(toBytes(text)), decipher.final()]).toString('utf8');
    } catch (cause) {
      throw new SealBroken('the seal does not hold', { cause });
    }
  }
}

/** Names a key without telling anything of it. */
function keyIdOf(key: Uint8Array): string {
  return createHash('sha256').update('gatehouse gateway key id v1').update(key).digest('hex').slice(0, 16);
}

function keyFor({ bytes }: SealingKey, { secret, purpose }: SealedFor): Buffer {
  const material = Buffer.concat([Buffer.from(secret, 'base64url'), bytes]);
  return Buffer.from(hkdfSync('sha256', material, Buffer.alloc(0), `gatehouse gateway v1|${purpose}`, 32));
}

function authenticated({ boundTo }: SealedFor, keyId: string): Buffer {
  return Buffer.from(`${boundTo}|${keyId}`);
}

// base64url with a dot for the J: no chance sequence of random letters then looks like the beginning of a token, and whoever
// searches a dump of the store for `eyJ` finds what there is to find.
const toText = (bytes: Buffer) => bytes.toString('base64url').replaceAll('J', '.');
const toBytes = (text: string) => Buffer.from(text.replaceAll('.', 'J'), 'base64url');
