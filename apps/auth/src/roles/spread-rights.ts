import { revocationUntilMs, type RevocationReason } from '@gatehouse/contracts';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { DurableRevocations } from '../revocations/revoke-sessions.js';
import type { ChangeMark } from './rights-store.port.js';

/** The relay, told that something is committed that the feed does not have yet. */
export interface Undelivered {
  noteUndelivered(): void;
}

/** So many entries a request brings to the feed itself; more are the relay's, which does it in batches. */
const MAX_AT_ONCE = 50;

/** Brings changes of rights that are committed to everybody who must know of them. */
export class SpreadRights {
  /** @param accessTokenSeconds - longest life of an access token: how long its revocation must be kept. */
  constructor(
    private readonly revocations: DurableRevocations,
    private readonly relay: Undelivered,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
  ) {}

  /** For a change that is about to be committed. */
  mark<R extends RevocationReason>(reason: R): ChangeMark & { readonly reason: R } {
    const untilMs = revocationUntilMs(this.clock.nowMs(), this.accessTokenSeconds);
    return { revocationId: randomUuid(), untilMs, reason };
  }

  /** When it resolves, the old tokens are refused everywhere; or, with Redis away or many people concerned, soon will be. */
  async run(rows: readonly OutboxRow[]): Promise<void> {
    if (rows.length > MAX_AT_ONCE) this.relay.noteUndelivered();
    else if (rows.length > 0) await this.revocations.revoke(rows);
  }
}
