import { importJWK, type CryptoKey } from 'jose';
import type { Clock } from '@gatehouse/kernel';
import { OidcError } from '../client/oidc-error.js';
import type { Warn } from '../client/oidc-warning.js';
import type { Discovery } from '../provider/discovery.js';
import type { Outbound } from '../provider/outbound.js';
import { Refreshed } from '../provider/refreshed.js';
import { isJsonObject, own, type JsonObject } from '../provider/strict-json.js';
import { keyShapeOf } from './algorithms.js';

const MAX_BYTES = 65_536;
const MAX_KEYS = 100;
/** Keys are needed while somebody waits; a provider that is well answers in a tenth of this. */
const TIMEOUT_MS = 2_000;
/** Several keys under one `kid` happen in a rotation gone wrong; more than this are somebody's game. */
const MAX_CANDIDATES = 4;

export interface Wanted {
  readonly alg: string;
  readonly kid: string | undefined;
  /** Judges the key's own `issuer` member. */
  readonly fits: (keyIssuer: unknown) => boolean;
}

export interface SigningKeysNeeds {
  readonly discovery: Discovery;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly warn: Warn;
}

/**
 * The provider's public keys (RFC 7517). Asked for every ten minutes, and when a token names one we do not know, but for
 * that at most every 30 seconds: made-up key ids cost the provider nothing. While it does not answer, keys of the last day
 * still count, and an unknown key stays unknown.
 */
export class SigningKeys {
  private readonly keys: Refreshed<readonly JsonObject[]>;
  private readonly imported = new WeakMap<JsonObject, Map<string, Promise<CryptoKey>>>();

  constructor(private readonly needs: SigningKeysNeeds) {
    this.keys = new Refreshed({
      load: () => this.load(),
      clock: needs.clock,
      freshMs: 600_000,
      keepMs: 86_400_000,
      cooldownMs: 30_000,
      retryMs: 5_000,
      onKept: () =>
        needs.warn('KEYS_NOT_RENEWED', 'the signing keys could not be renewed; the former ones are still used'),
    });
  }

  /** @throws {OidcError} `refused` where no key fits, `unavailable` where that cannot be known. */
  async find(wanted: Wanted): Promise<readonly CryptoKey[]> {
    let fitting = select(await this.keys.get(), wanted);
    if (fitting.length === 0) fitting = select(await this.keys.renew(), wanted);
    // Without a key id one key must be meant (OpenID Connect Core 1.0, section 10.1).
    if (fitting.length === 0 || (wanted.kid === undefined && fitting.length > 1) || fitting.length > MAX_CANDIDATES) {
      throw new OidcError('refused', 'TOKEN_INVALID', 'the token is not signed with a key of the provider');
    }
    return Promise.all(fitting.map((jwk) => this.import(jwk, wanted.alg)));
  }

  private async load(): Promise<readonly JsonObject[]> {
    const { jwks_uri: address } = await this.needs.discovery.current();
    const { status, json } = await this.needs.outbound.ask({
      what: 'keys',
      url: new URL(address),
      headers: { accept: 'application/jwk-set+json, application/json' },
      maxBytes: MAX_BYTES,
      timeoutMs: Math.min(TIMEOUT_MS, this.needs.timeoutMs),
      refusedAs: 'PROVIDER_ERROR',
    });
    const keys: unknown = json && own(json, 'keys');
    if (status !== 200 || !Array.isArray(keys) || keys.length > MAX_KEYS) {
      throw new OidcError('refused', 'PROVIDER_ERROR', "the provider's answer for keys is no set of keys");
    }
    return keys.filter(isJsonObject);
  }

  private import(jwk: JsonObject, alg: string): Promise<CryptoKey> {
    const known = this.imported.get(jwk) ?? new Map<string, Promise<CryptoKey>>();
    this.imported.set(jwk, known);
    const before = known.get(alg);
    if (before) return before;
    const key = publicKeyOf(jwk, alg).catch((cause: unknown) => {
      throw new OidcError('refused', 'PROVIDER_ERROR', 'a key of the provider cannot be read', { cause });
    });
    known.set(alg, key);
    return key;
  }
}

function select(keys: readonly JsonObject[], { alg, kid, fits }: Wanted): JsonObject[] {
  const shape = keyShapeOf(alg);
  return keys.filter(
    (key) =>
      own(key, 'kty') === shape.kty &&
      (shape.crv === undefined || own(key, 'crv') === shape.crv) &&
      (kid === undefined || own(key, 'kid') === kid) &&
      [undefined, alg].includes(own(key, 'alg') as string | undefined) &&
      [undefined, 'sig'].includes(own(key, 'use') as string | undefined) &&
      mayVerify(own(key, 'key_ops')) &&
      fits(own(key, 'issuer')),
  );
}

function mayVerify(operations: unknown): boolean {
  return operations === undefined || (Array.isArray(operations) && operations.includes('verify'));
}

/** Only the public members go in: a private key that the provider published by mistake is not held here. */
async function publicKeyOf(jwk: JsonObject, alg: string): Promise<CryptoKey> {
  const { kty, crv, x, y, n, e } = jwk as Record<string, string | undefined>;
  const key = await importJWK({ kty, crv, x, y, n, e }, alg);
  if (key instanceof Uint8Array) throw new TypeError('not a public key');
  return key;
}
