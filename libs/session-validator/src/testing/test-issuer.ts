import {
  ACCESS_TOKEN_TYPE,
  KEY_BUNDLE_TYPE,
  type AccessTokenClaims,
  type KeyBundle,
  type PublicSigningKey,
} from '@gatehouse/contracts';
import { createHmac, generateKeyPairSync, randomBytes, randomUUID, sign, type KeyObject } from 'node:crypto';

/** What a {@link TestIssuer} issues. */
export interface TestIssuerOptions {
  /** `iss` of tokens and bundles. @default 'https://auth.test' */
  readonly issuer?: string;
  /** `aud` of tokens and bundles. @default 'orders' */
  readonly audience?: string;
  /** Longest life the bundle allows and the life of each token, in seconds. @default 900 */
  readonly maxTokenSeconds?: number;
  /** Of every signing key. @default 'ES256' */
  readonly algorithm?: PublicSigningKey['alg'];
  /** Milliseconds since the epoch, for `iat` and friends. @default Date.now */
  readonly nowMs?: () => number;
}

/** How one token is signed. */
export interface SignOptions {
  /** Members of the header to set, or with `undefined` to leave out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** Name of the key to sign with. @default the newest signing key */
  readonly kid?: string;
}

interface SigningPair {
  readonly kid: string;
  readonly alg: PublicSigningKey['alg'];
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/**
 * An auth service in one object: a root key, signing keys, key bundles and tokens. The keys are real and drawn anew, so a
 * test meets the same checks as production.
 */
export class TestIssuer {
  /** `iss` of tokens and bundles. */
  readonly issuer: string;
  /** `aud` of tokens and bundles. */
  readonly audience: string;
  /** Life of each token, in seconds, and the longest the bundle allows. */
  readonly maxTokenSeconds: number;
  private readonly algorithm: PublicSigningKey['alg'];
  private readonly nowMs: () => number;
  private readonly root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private readonly pairs: SigningPair[] = [];
  private version = 0;

  constructor(options: TestIssuerOptions = {}) {
    this.issuer = options.issuer ?? 'https://auth.test';
    this.audience = options.audience ?? 'orders';
    this.maxTokenSeconds = options.maxTokenSeconds ?? 900;
    this.algorithm = options.algorithm ?? 'ES256';
    this.nowMs = options.nowMs ?? (() => Date.now());
    this.rotate();
  }

  /** The public root key in PEM: the `trustAnchor` of a validator. */
  get trustAnchor(): string {
    return this.root.publicKey.export({ type: 'spki', format: 'pem' }) as string;
  }

  /** The newest key, the one tokens are signed with. */
  get kid(): string {
    return this.newest.kid;
  }

  /** Draws a new signing key, publishes it in the next bundle and signs with it from now on. @returns its `kid`. */
  rotate(): string {
    this.pairs.push(newPair(this.algorithm));
    this.version += 1;
    return this.kid;
  }

  /** Takes a key out of the next bundle. */
  withdraw(kid: string): void {
    this.pairs.splice(this.pairs.findIndex((pair) => pair.kid === kid) >>> 0, 1);
    this.version += 1;
  }

  /** The public signing keys as a JWK Set. */
  jwks(): { readonly keys: readonly PublicSigningKey[] } {
    return { keys: this.pairs.map(toJwk) };
  }

  /** The current key bundle, signed by the root key. */
  keyBundle(overrides: Partial<KeyBundle> = {}, header: Readonly<Record<string, unknown>> = {}): string {
    const bundle: KeyBundle = {
      iss: this.issuer,
      aud: this.audience,
      ver: this.version,
      iat: this.nowSeconds(),
      max_token_seconds: this.maxTokenSeconds,
      keys: this.jwks().keys,
      ...overrides,
    };
    const input = signingInput({ alg: 'ES256', typ: KEY_BUNDLE_TYPE, ...header }, JSON.stringify(bundle));
    return `${input}.${signature('ES256', this.root.privateKey, input)}`;
  }

  /** Valid claims of a user and session nobody else has, issued now. */
  claims(overrides: Partial<AccessTokenClaims> = {}): AccessTokenClaims {
    const iat = overrides.iat ?? this.nowSeconds();
    return {
      iss: this.issuer,
      aud: this.audience,
      sub: String(1 + randomBytes(4).readUInt32BE()),
      sid: randomBytes(32).toString('hex'),
      jti: randomUUID(),
      iat,
      exp: iat + this.maxTokenSeconds,
      auth_time: iat,
      amr: ['pwd'],
      acr: 'aal1',
      roles: ['user'],
      scope: '',
      gen: 0,
      client_id: 'web',
      ...overrides,
    };
  }

  /** An access token that a validator of this issuer accepts, unless the overrides see to it that it does not. */
  token(overrides: Partial<AccessTokenClaims> = {}, options?: SignOptions): string {
    return this.sign(JSON.stringify(this.claims(overrides)), options);
  }

  /** An access token of a service account, issued to itself: `sub` and `client_id` are its id. */
  serviceToken(serviceAccountId: string, overrides: Partial<AccessTokenClaims> = {}, options?: SignOptions): string {
    const own = { sub: serviceAccountId, client_id: serviceAccountId, amr: [], acr: 'service', roles: [] };
    return this.token({ ...own, ...overrides }, options);
  }

  /**
   * Signs any payload as if it were a token.
   *
   * @param options - how, when not with the newest key
   */
  sign(payload: string | Buffer, { header, kid = this.kid }: SignOptions = {}): string {
    const pair = this.pairs.find((candidate) => candidate.kid === kid) ?? this.newest;
    const input = signingInput({ alg: pair.alg, typ: ACCESS_TOKEN_TYPE, kid, ...header }, payload);
    return `${input}.${signature(pair.alg, pair.privateKey, input)}`;
  }

  /** Signs any header text and payload with the newest key: for what `JSON.stringify` cannot say. */
  signRaw(header: string, payload: string): string {
    const input = `${base64url(header)}.${base64url(payload)}`;
    return `${input}.${signature(this.newest.alg, this.newest.privateKey, input)}`;
  }

  /** A token under a shared secret, as the HS256 mode has it. */
  tokenWithSecret(secret: string | Buffer, overrides: Partial<AccessTokenClaims> = {}, options?: SignOptions): string {
    const header = { alg: 'HS256', typ: ACCESS_TOKEN_TYPE, kid: options?.kid, ...options?.header };
    const input = signingInput(header, JSON.stringify(this.claims(overrides)));
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  }

  private get newest(): SigningPair {
    const pair = this.pairs.at(-1);
    if (!pair) throw new Error('every signing key was withdrawn');
    return pair;
  }

  private nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }
}

/** An auth service for one test, with keys of its own. */
export function createTestIssuer(options?: TestIssuerOptions): TestIssuer {
  return new TestIssuer(options);
}

function newPair(alg: PublicSigningKey['alg']): SigningPair {
  const kid = randomUUID();
  if (alg === 'EdDSA') return { kid, alg, ...generateKeyPairSync('ed25519') };
  if (alg === 'RS256') return { kid, alg, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) };
  return { kid, alg, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) };
}

function toJwk({ kid, alg, publicKey }: SigningPair): PublicSigningKey {
  return {
    ...(publicKey.export({ format: 'jwk' }) as Omit<PublicSigningKey, 'kid' | 'alg' | 'use'>),
    kid,
    alg,
    use: 'sig',
  };
}

function signingInput(header: Readonly<Record<string, unknown>>, payload: string | Buffer): string {
  return `${base64url(JSON.stringify(header))}.${base64url(payload)}`;
}

function signature(alg: PublicSigningKey['alg'], key: KeyObject, input: string): string {
  const bytes = Buffer.from(input);
  if (alg === 'EdDSA') return sign(null, bytes, key).toString('base64url');
  return sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}

function base64url(data: string | Buffer): string {
  return Buffer.from(data as string).toString('base64url');
}
