import type { SessionEvent } from '../session-event.js';
import { SessionEventBus, type SessionEventListener } from '../session-event-bus.port.js';

/** For one process. */
export class MemorySessionEventBus extends SessionEventBus {
  private readonly listeners = new Set<SessionEventListener>();

  override announce(event: SessionEvent): void {
    for (const listener of this.listeners) listener.heard(event);
  }

  override listen(listener: SessionEventListener): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
