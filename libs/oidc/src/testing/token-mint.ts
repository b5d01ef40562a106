import { createHash, randomUUID, type KeyObject } from 'node:crypto';
import { jsonText, replaced, type TokenLie } from './lies.js';
import { newSigningKey, publicJwk, signedJws, type SigningAlgorithm, type SigningKey } from './signing-keys.js';

/** Holds the keys of the scripted provider and writes its tokens, honest or not. */
export class TokenMint {
  private current: SigningKey;
  private published: SigningKey[];
  private otherIssuer?: SigningKey;
  private unpublished?: SigningKey;

  constructor(
    private readonly alg: SigningAlgorithm,
    private readonly nowMs: () => number,
  ) {
    this.current = newSigningKey(alg);
    this.published = [this.current];
  }

  /** The provider signs with a new key from now on. @param keepOld whether the former keys stay in the JWKS; default false. */
  rotate({ keepOld = false } = {}): void {
    this.current = newSigningKey(this.alg);
    this.published = keepOld ? [...this.published, this.current] : [this.current];
  }

  /** Makes the key of another issuer ahead: it takes seconds on a busy machine, and whoever asks for keys waits for two. */
  prepare(): void {
    this.otherIssuer ??= newSigningKey(this.alg);
  }

  /** @param keyIssuer the `issuer` member of each JWK, as Entra writes it. */
  jwks(keyIssuer: string | undefined, otherIssuer: string): { keys: unknown[] } {
    const keys = this.published.map((key) => publicJwk(key, keyIssuer === undefined ? {} : { issuer: keyIssuer }));
    if (keyIssuer === undefined) return { keys };
    this.otherIssuer ??= newSigningKey(this.alg);
    return { keys: [...keys, publicJwk(this.otherIssuer, { issuer: otherIssuer })] };
  }

  currentPublicKey(): KeyObject {
    return this.current.publicKey;
  }

  seconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  write(typ: string, honest: Readonly<Record<string, unknown>>, lie: TokenLie = {}): string {
    const key = this.keyFor(lie);
    const header = replaced(
      {
        typ,
        alg: lie.alg ?? key.alg,
        kid: lie.key === 'forged' ? this.current.kid : lie.key === 'no-kid' ? undefined : key.kid,
      },
      lie.header,
    );
    const claims = lie.rawClaims ?? jsonText(replaced(honest, lie.claims), lie.duplicates);
    return tampered(signedJws(header, claims, key), lie.tamper);
  }

  private keyFor({ key }: TokenLie): SigningKey {
    if (key === 'unpublished' || key === 'forged') return (this.unpublished ??= newSigningKey(this.alg));
    if (key === 'other-issuer') return (this.otherIssuer ??= newSigningKey(this.alg));
    return this.current;
  }
}

/** `at_hash` and `c_hash` for the algorithms here, all with SHA-256 (OpenID Connect Core 1.0, section 3.1.3.6). */
export function halfHash(token: string): string {
  return createHash('sha256').update(token, 'ascii').digest().subarray(0, 16).toString('base64url');
}

function tampered(token: string, how: TokenLie['tamper']): string {
  const [header = '', claims = '', signature = ''] = token.split('.');
  if (how === 'signature') {
    const bytes = Buffer.from(signature, 'base64url');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    return `${header}.${claims}.${bytes.toString('base64url')}`;
  }
  if (how === 'claims') {
    const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), tampered: randomUUID() };
    return `${header}.${Buffer.from(JSON.stringify(changed)).toString('base64url')}.${signature}`;
  }
  return token;
}
