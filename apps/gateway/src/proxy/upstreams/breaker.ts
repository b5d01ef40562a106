import type { Clock } from '@gatehouse/kernel';

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Stops asking a target that fails. Closed: all may pass, failures in a row are counted. Open: none may, for `openMs`. Half open:
 * one at a time may try; success closes, failure opens again.
 *
 * Requests tell the outcome with the round they began in, so that one that was under way when the breaker opened decides nothing
 * about the round after.
 */
export class Breaker {
  private failuresInARow = 0;
  private openUntilMs = 0;
  private isOpen = false;
  private probing = false;
  private round = 0;

  constructor(
    private readonly settings: { readonly failures: number; readonly openMs: number },
    private readonly clock: Clock,
  ) {}

  get state(): BreakerState {
    if (!this.isOpen) return 'closed';
    return this.clock.nowMs() < this.openUntilMs ? 'open' : 'half-open';
  }

  get admits(): boolean {
    return !this.isOpen || (this.state === 'half-open' && !this.probing);
  }

  /** @returns the round, to be handed back with the outcome */
  begin(): number {
    if (this.isOpen) this.probing = true;
    return this.round;
  }

  succeeded(round: number): void {
    if (round !== this.round) return;
    this.failuresInARow = 0;
    if (this.isOpen) this.turn(false);
  }

  failed(round: number): void {
    if (round !== this.round) return;
    this.failuresInARow += 1;
    if (!this.isOpen && this.failuresInARow < this.settings.failures) return;
    this.openUntilMs = this.clock.nowMs() + this.settings.openMs;
    this.turn(true);
  }

  /** The outcome says nothing about the target: the client left. Lets the next one try. */
  undecided(round: number): void {
    if (round === this.round) this.probing = false;
  }

  private turn(open: boolean): void {
    this.isOpen = open;
    this.probing = false;
    this.failuresInARow = 0;
    this.round += 1;
  }
}
