import { type Clock, type Place, Roster } from '@gatehouse/kernel';

/** Something that waits until it has a connection. */
export interface Waiting {
  /** Milliseconds since the epoch. */
  readonly connectByMs: number;
  connectTimedOut(): void;
}

/** How late a timeout may be noticed, in ms. */
const EVERY_MS = 50;

/** Ends waits for a connection that last too long. One timer for all of them: nearly every wait is over within a turn of the loop. */
export class ConnectWatch {
  private readonly waiting = new Roster<Waiting>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly clock: Clock) {}

  enter(one: Waiting): Place<Waiting> {
    this.timer ??= setInterval(this.look, EVERY_MS).unref();
    return this.waiting.enter(one);
  }

  leave(place: Place<Waiting>): void {
    this.waiting.leave(place);
  }

  private readonly look = (): void => {
    if (this.waiting.size === 0) {
      clearInterval(this.timer);
      this.timer = undefined;
      return;
    }
    const nowMs = this.clock.nowMs();
    for (const one of this.waiting) {
      if (one.connectByMs <= nowMs) one.connectTimedOut();
    }
  };
}
