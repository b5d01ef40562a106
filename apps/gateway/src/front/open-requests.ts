import { type Place, Roster } from '@gatehouse/kernel';
import type { EndSignal } from '../proxy/forward.port.js';

/** One request on its way. Tells whoever passes it on when its session ends: what `AbortController` does, and no more. */
export class OpenRequest implements EndSignal {
  private why: 'session-ended' | undefined;
  private listeners: (() => void)[] | undefined;

  /** @param expiresAtMs - absolute end of the session behind it, in ms since the epoch; undefined where it has none */
  constructor(readonly expiresAtMs?: number) {}

  get aborted(): boolean {
    return this.why !== undefined;
  }

  get reason(): string | undefined {
    return this.why;
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    (this.listeners ??= []).push(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.listeners = this.listeners?.filter((one) => one !== listener);
  }

  end(): void {
    if (this.aborted) return;
    this.why = 'session-ended';
    for (const listener of this.listeners ?? []) listener();
  }
}

/** Everything between clients and upstreams right now, so that it does not outlive its session. */
export class OpenRequests {
  private readonly open = new Roster<OpenRequest>();

  get size(): number {
    return this.open.size;
  }

  enter(request: OpenRequest): Place<OpenRequest> {
    return this.open.enter(request);
  }

  leave(place: Place<OpenRequest>): void {
    this.open.leave(place);
  }

  /** Ends what has outlived its session. Nobody revokes a session that just runs out. */
  endExpired(nowMs: number): void {
    for (const request of this.open) {
      if (request.expiresAtMs !== undefined && request.expiresAtMs <= nowMs) request.end();
    }
  }
}
