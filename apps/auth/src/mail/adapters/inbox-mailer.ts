import type { Clock } from '@gatehouse/kernel';
import { type Letter, Mailer } from '../mailer.port.js';

/** Letters kept; the oldest go first. */
const MAX_LETTERS = 50;

export interface KeptLetter extends Letter {
  readonly id: string;
  readonly sentAtMs: number;
}

/** Delivers to a list in this process, for a developer's machine: the page at `/dev/inbox` shows it. */
export class InboxMailer extends Mailer {
  private kept: KeptLetter[] = [];

  /** @param onLetter - told of each letter, to log it */
  constructor(
    private readonly clock: Clock,
    private readonly onLetter: (letter: Letter) => void = () => undefined,
  ) {
    super();
  }

  /** Newest first. */
  get letters(): readonly KeptLetter[] {
    return this.kept;
  }

  override async send(letter: Letter, id: string): Promise<void> {
    this.kept = [{ ...letter, id, sentAtMs: this.clock.nowMs() }, ...this.kept].slice(0, MAX_LETTERS);
    this.onLetter(letter);
  }

  override close(): void {
    this.kept = [];
  }
}
