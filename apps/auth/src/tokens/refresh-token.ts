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
  /**
   * How many rotations of its session lie before it. `undefined` for one that is not genuine, and for one that was issued before
   * tokens were numbered.
   */
  readonly rotation: number | undefined;
  /** SHA-256 of the whole text, hex: what is stored. Nobody without our key can guess the text, so no salt is needed. */
  readonly hash: string;
}

export interface MintedRefreshToken {
  readonly text: string;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
}

const BODY_BYTES = 16;
const ROTATION_BYTES = 4;
const NONCE_BYTES = 8;
const NUMBERED_BYTES = ROTATION_BYTES + NONCE_BYTES;
const MAX_ROTATION = 2 ** 32 - 1;
const TAG_BYTES = 16;
const IV_BYTES = 12;
const SEAL_TAG_BYTES = 16;
const FORM = /^([0-9a-f]{64})\.([A-Za-z0-9_-]{43})$/;

/**
 * Refresh tokens: `<session id>.<secret>`, the secret being a body of 128 bits and a 128-bit HMAC over the session id and that
 * body, in base64url. The tag only tells issued from invented; whether a token is live, only the session store knows.
 *
 * The body is the token's number (32 bits), a nonce (64 bits), and 32 bits of another HMAC that tell a numbered body from one of
 * earlier versions, which was random throughout. A first token's nonce is random; a successor's is derived from its
 * predecessor, so that a token has one successor, whoever makes it and however often: a store that forgets a rotation
 * cannot make a second one.
 */
export class RefreshTokens {
  private readonly keys: TokenKeys;
  private readonly otherKeys: TokenKeys | undefined;

  /**
   * @param masterKey - 32 bytes, shared by all instances. Another key makes every old token count as made up.
   * @param otherMasterKey - its tokens count as genuine too; for the time in which the master key is being changed.
   */
  constructor(masterKey: Buffer, otherMasterKey?: Buffer) {
    this.keys = tokenKeysOf(masterKey);
    this.otherKeys = otherMasterKey && tokenKeysOf(otherMasterKey);
  }

  /** The first token of a session, number 0. */
  mint(sessionId: string): MintedRefreshToken {
    return this.compose(sessionId, 0, randomBytes(NONCE_BYTES));
  }

  /** The token that follows `presented`, the same text each time. */
  successor(sessionId: string, presented: string, rotation: number): MintedRefreshToken {
    const nonce = mac(this.keys.nonce, `${rotation}.${presented}`, NONCE_BYTES);
    return this.compose(sessionId, Math.min(rotation, MAX_ROTATION), nonce);
  }

  /** @returns `undefined` for a text that no refresh token can look like. */
  parse(text: string): ParsedRefreshToken | undefined {
    const [, sessionId, secretText] = FORM.exec(text) ?? [];
    if (sessionId === undefined || secretText === undefined) return undefined;
    const secret = Buffer.from(secretText, 'base64url');
    // 43 characters hold two bits more than 32 bytes: without this, four spellings would be one token.
    if (secret.toString('base64url') !== secretText) return undefined;
    const body = secret.subarray(0, BODY_BYTES);
    const given = secret.subarray(BODY_BYTES);
    const keys = [this.keys, this.otherKeys].find(
      (these) => these && timingSafeEqual(mac(these.tag, sessionId, TAG_BYTES, body), given),
    );
    return {
      sessionId,
      genuine: keys !== undefined,
      rotation: keys && rotationOf(keys, sessionId, body),
      hash: sha256Hex(text),
    };
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

  private compose(sessionId: string, rotation: number, nonce: Buffer): MintedRefreshToken {
    const number = Buffer.alloc(ROTATION_BYTES);
    number.writeUInt32BE(rotation);
    const numbered = Buffer.concat([number, nonce]);
    const mark = mac(this.keys.mark, sessionId, BODY_BYTES - NUMBERED_BYTES, numbered);
    const body = Buffer.concat([numbered, mark]);
    const secret = Buffer.concat([body, mac(this.keys.tag, sessionId, TAG_BYTES, body)]).toString('base64url');
    const text = `${sessionId}.${secret}`;
    return { text, hash: sha256Hex(text) };
  }
}

interface TokenKeys {
  readonly tag: Buffer;
  readonly mark: Buffer;
  readonly nonce: Buffer;
}

function tokenKeysOf(masterKey: Buffer): TokenKeys {
  return {
    tag: derive(masterKey, 'gatehouse refresh-token tag v1'),
    mark: derive(masterKey, 'gatehouse refresh-token mark v1'),
    nonce: derive(masterKey, 'gatehouse refresh-token nonce v1'),
  };
}

/** `undefined` for a body of an earlier version; one in 2^32 of those is taken for a numbered one. */
function rotationOf(keys: TokenKeys, sessionId: string, body: Buffer): number | undefined {
  const mark = mac(keys.mark, sessionId, BODY_BYTES - NUMBERED_BYTES, body.subarray(0, NUMBERED_BYTES));
  return mark.equals(body.subarray(NUMBERED_BYTES)) ? body.readUInt32BE() : undefined;
}

function mac(key: Buffer, text: string, bytes: number, more: Buffer = Buffer.alloc(0)): Buffer {
  return createHmac('sha256', key).update(text).update(more).digest().subarray(0, bytes);
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
