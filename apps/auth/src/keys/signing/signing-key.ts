import type { KeyObject } from 'node:crypto';
import type { PublicSigningKey } from '@gatehouse/contracts';

/**
 * Where a published key is in its life. `next`: published, not yet signed with. `active`: signs. `retired`: signs no more,
 * stays published until the last token it signed has expired.
 */
export type SigningKeyState = 'next' | 'active' | 'retired';

export interface SigningKey {
  readonly kid: string;
  readonly state: SigningKeyState;
  readonly publicKey: PublicSigningKey;
  /**
   * Never serialised, logged or compared; leaves the store only sealed. `undefined` where none of the master keys at hand
   * opens it: such a key is published like the others, and not signed with.
   */
  readonly privateKey: KeyObject | undefined;
  /** When it was published. All instants of keys are the database's, whose clock is the same for every instance. */
  readonly createdAtMs: number;
  /** `undefined` for `next`. */
  readonly activatedAtMs?: number | undefined;
  /** `undefined` unless retired. */
  readonly retiredAtMs?: number | undefined;
  /** Of a retired key: when no token it signed can be alive any more. */
  readonly publishedUntilMs?: number | undefined;
  /** Longest life of a token that was ever signed with it, in seconds. */
  readonly tokenSeconds: number;
}

/** A key this process has just made. */
export interface FreshKey extends SigningKey {
  readonly privateKey: KeyObject;
}

/** How a key left the published ones. `expired`: in peace. `withdrawn`: it is refused everywhere, and stays so. */
export type KeyEnding = 'expired' | 'withdrawn';

/** What is kept of a key that is gone: its private half is not. */
export interface PastKey {
  readonly kid: string;
  readonly alg: string;
  readonly ending: KeyEnding;
  readonly reason: KeyRevocationReason | undefined;
  readonly createdAtMs: number;
  readonly activatedAtMs: number | undefined;
  readonly endedAtMs: number;
  /** Of a withdrawn key: until when the feed has been told. 0 when it has not been told yet. */
  readonly announcedUntilMs: number;
}

/** Why a key was withdrawn. Codes, so that the audit log and dashboards can match on them. */
export const KEY_REVOCATION_REASONS = ['compromised', 'suspected', 'staff_change', 'drill', 'feed', 'other'] as const;
export type KeyRevocationReason = (typeof KEY_REVOCATION_REASONS)[number];
