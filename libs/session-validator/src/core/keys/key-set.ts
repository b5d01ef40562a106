import type { VerificationKey } from '../../jws/verification-key.js';

/** The keys of one issuer and what its tokens must say. Replaced as a whole, never changed. */
export interface KeySet {
  readonly issuer: string;
  readonly audience: string;
  readonly maxTokenSeconds: number;
  /** Longest life the issuer says it gives; `undefined` when nobody said. */
  readonly statedTokenSeconds?: number;
  /** Version of the bundle; 0 when the keys did not come in one. */
  readonly version: number;
  readonly count: number;
  /**
   * The key a header's `kid` names. A look-up in a closed map: nothing is fetched, opened or executed because of it.
   *
   * @param kid - whatever the header holds
   */
  find(kid: unknown): NamedKey | undefined;
}

export interface NamedKey {
  /** Name under which the feed may revoke the key; `undefined` when it has none. */
  readonly kid: string | undefined;
  readonly key: VerificationKey;
}

/** What is known of an issuer besides its keys. */
export type KeySetFacts = Pick<KeySet, 'issuer' | 'audience' | 'maxTokenSeconds' | 'statedTokenSeconds' | 'version'>;

export function keySetOf(facts: KeySetFacts, keys: ReadonlyMap<string, VerificationKey>): KeySet {
  const named = new Map<unknown, NamedKey>();
  for (const [kid, key] of keys) named.set(kid, { kid, key });
  return { ...facts, count: named.size, find: (kid) => named.get(kid) };
}

/** One shared secret and no choice: whatever the header's `kid` says, it is this key or none. */
export function singleKeySet(facts: KeySetFacts, key: VerificationKey): KeySet {
  return { ...facts, count: 1, find: (kid) => ({ kid: typeof kid === 'string' ? kid : undefined, key }) };
}
