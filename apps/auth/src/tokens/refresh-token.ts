import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';

/** A presented refresh token, taken apart. */
export interface ParsedRefreshToken {
  readonly sessionId: string;
  /**
   * Whether this service once issued it (it may be spent by now). A token that is well-formed but not genuine was made up by
   * somebody who knows the session id, and must not be able to end the session as a stolen one does.
   */
  readonly genuine: boolean;
  /** SHA-256 of the whole text, hex: what is stored. The text has 128 random bits, so no salt is needed. */
  readonly hash: string;
}

export interface MintedRefreshToken {
  readonly text: string;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
}

const RANDOM_BYTES = 16;
const TAG_BYTES = 16;
const IV_BYTES = 12;
const SEAL_TAG_BYTES = 16;
const FORM = /^([0-9a-f]{64})\.([A-Za-z0-9_-]{43})$/;

/**
 * Refresh tokens: `<session id>.<secret>`, the secret being 128 random bits and a 128-bit HMAC over the session id and those
 * bits, in base64url. The tag only tells issued from invented; whether a token is live, only the session store knows.
 */
export class RefreshTokens {
  private readonly tagKey: Buffer;

  /** @param masterKey - 32 bytes, shared by all instances. Another key makes every old token count as made up. */
  constructor(masterKey: Buffer) {
    this.tagKey = derive(masterKey, 'gatehouse refresh-token tag v1');
  }

  mint(sessionId: string): MintedRefreshToken {
    const random = randomBytes(RANDOM_BYTES);
    const secret = Buffer.concat([random, this.tag(sessionId, random)]).toString('base64url');
    const text = `${sessionId}.${secret}`;
    return { text, hash: sha256Hex(text) };
  }

  /** @returns `undefined` for a text that no refresh token can look like. */
  parse(text: string): ParsedRefreshToken | undefined {
    const [, sessionId, secretText] = FORM.exec(text) ?? [];
    if (sessionId === undefined || secretText === undefined) return undefined;
    const secret = Buffer.from(secretText, 'base64url');
    // 43 characters hold two bits more than 32 bytes: without this, four spellings would be one token.
    if (secret.toString('base64url') !== secretText) return undefined;
    const genuine = timingSafeEqual(
      this.tag(sessionId, secret.subarray(0, RANDOM_BYTES)),
      secret.subarray(RANDOM_BYTES),
    );
    return { sessionId, genuine, hash: sha256Hex(text) };
  }

  /**
   * Encrypts `text` so that only whoever holds the presented token can read it: the store keeps the answer of a rotation for
   * a repeated request, and a look into the store must not yield a live token.
   */
  seal(presented: string, text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', sealKey(presented), iv);
    return Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws {Error} when it was sealed for another token or has been changed. */
  open(presented: string, sealed: string): string {
    const bytes = Buffer.from(sealed, 'base64url');
    if (bytes.length < IV_BYTES + SEAL_TAG_BYTES) throw new Error('sealed refresh answer is too short');
    const decipher = createDecipheriv('aes-256-gcm', sealKey(presented), bytes.subarray(0, IV_BYTES), {
      authTagLength: SEAL_TAG_BYTES,
    });
    decipher.setAuthTag(bytes.subarray(-SEAL_TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, -SEAL_TAG_BYTES)), decipher.final()]).toString(
      'utf8',
    );
  }

  private tag(sessionId: string, random: Buffer): Buffer {
    return createHmac('sha256', this.tagKey).update(sessionId).update(random).digest().subarray(0, TAG_BYTES);
  }
}

function sealKey(presented: string): Buffer {
  return derive(Buffer.from(presented, 'utf8'), 'gatehouse refresh-token successor v1');
}

function derive(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), purpose, 32));
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}
