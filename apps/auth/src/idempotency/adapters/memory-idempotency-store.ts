import { type Clock, randomHex } from '@gatehouse/kernel';
import { type Beginning, CLAIM_MS, IdempotencyStore, KEEP_MS, type StoredAnswer } from '../idempotency-store.port.js';

interface Kept {
  readonly fingerprint: string;
  readonly untilMs: number;
  readonly claim: string;
  /** As text, as a store outside the process would hold it. */
  readonly answerText?: string;
}

/** Far more than one instance sees of these requests; the oldest go first. */
const MAX_KEPT = 10_000;

/** For one instance on one machine. */
export class MemoryIdempotencyStore extends IdempotencyStore {
  private readonly kept = new Map<string, Kept>();

  constructor(private readonly clock: Clock) {
    super();
  }

  override async begin(key: string, fingerprint: string): Promise<Beginning> {
    const known = this.live(key);
    if (known && known.fingerprint !== fingerprint) return { kind: 'other-request' };
    if (known?.answerText !== undefined) {
      return { kind: 'finished', answer: JSON.parse(known.answerText) as StoredAnswer };
    }
    if (known) return { kind: 'running' };
    const claim = randomHex(16);
    this.keep(key, { fingerprint, claim, untilMs: this.clock.nowMs() + CLAIM_MS });
    return { kind: 'begun', claim };
  }

  override async finish(key: string, claim: string, answer: StoredAnswer): Promise<void> {
    const known = this.live(key);
    if (known?.claim !== claim) return;
    this.keep(key, { ...known, answerText: JSON.stringify(answer), untilMs: this.clock.nowMs() + KEEP_MS });
  }

  override async abandon(key: string, claim: string): Promise<void> {
    if (this.live(key)?.claim === claim) this.kept.delete(key);
  }

  private live(key: string): Kept | undefined {
    const known = this.kept.get(key);
    if (known && known.untilMs <= this.clock.nowMs()) {
      this.kept.delete(key);
      return undefined;
    }
    return known;
  }

  private keep(key: string, entry: Kept): void {
    this.kept.delete(key);
    this.kept.set(key, entry);
    if (this.kept.size <= MAX_KEPT) return;
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}
