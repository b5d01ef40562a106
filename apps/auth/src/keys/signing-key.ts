import type { KeyObject } from 'node:crypto';
import type { PublicSigningKey } from '@gatehouse/contracts';

/**
 * Where a key is in its life. `next`: published, not yet signed with. `active`: signs. `retired`: signs no more, stays
 * published until the last token it signed has expired.
 */
export type SigningKeyState = 'next' | 'active' | 'retired';

export interface SigningKey {
  readonly kid: string;
  readonly state: SigningKeyState;
  readonly publicKey: PublicSigningKey;
  /** Never serialised, logged or compared; leaves the store only sealed. */
  readonly privateKey: KeyObject;
  readonly createdAtMs: number;
}
