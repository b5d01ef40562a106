import type { SessionEvent } from './session-event.js';

/** Hears what is carried. */
export interface SessionEventListener {
  heard(event: SessionEvent): void;
  /** Something may have been missed: the carrier was away. */
  missed(): void;
}

/**
 * Carries what happens to sessions to every instance of this service, this one included. For whoever is connected right now;
 * nothing is kept, and what is lost is told as {@link SessionEventListener.missed}.
 */
export abstract class SessionEventBus {
  /** Never throws and never waits: the session was opened or ended whether or not anybody hears of it. */
  abstract announce(event: SessionEvent): void;

  /** @returns stop. */
  abstract listen(listener: SessionEventListener): () => void;
}
