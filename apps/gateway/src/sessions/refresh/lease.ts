import { randomHex } from '@gatehouse/kernel';
import type { LeaseName, SessionStore } from '../session-store.port.js';

/** A lease of this process, renewed until it is given back. */
export class Lease {
  private readonly renewing: NodeJS.Timeout;

  private constructor(
    private readonly store: SessionStore,
    private readonly sid: string,
    private readonly name: LeaseName,
    private readonly owner: string,
    forMs: number,
  ) {
    // Thrice in its life: one renewal may be lost. Whoever loses the lease goes on: the compare-and-set is what decides.
    this.renewing = setInterval(() => {
      store.renewLease(sid, name, owner, forMs).catch(() => undefined);
    }, forMs / 3).unref();
  }

  /** @returns `undefined` where somebody has it. @throws {SessionStoreUnavailable} */
  static async take(store: SessionStore, sid: string, name: LeaseName, forMs: number): Promise<Lease | undefined> {
    const owner = randomHex(16);
    const taken = await store.acquireLease(sid, name, owner, forMs);
    return taken ? new Lease(store, sid, name, owner, forMs) : undefined;
  }

  /** Never fails: what cannot be given back ends by itself. */
  async giveBack(): Promise<void> {
    clearInterval(this.renewing);
    await this.store.releaseLease(this.sid, this.name, this.owner).catch(() => undefined);
  }
}
