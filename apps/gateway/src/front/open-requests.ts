import type { ServerResponse } from 'node:http';

/** Why whatever is open is closed. The reason of the abort, for whoever words the last frame. */
export type Farewell = 'session-ended' | 'going-away';

/** One request on its way. */
export interface OpenRequest {
  readonly controller: AbortController;
  /** Absolute end of the session behind it, in ms since the epoch. @default it has none */
  readonly expiresAtMs?: number | undefined;
  /** Absent for an upgraded connection. */
  readonly response?: ServerResponse | undefined;
}

const EVENT_STREAM = /^text\/event-stream\b/i;

/** Everything between clients and upstreams right now, so that it ends with its session, and when the process does. */
export class OpenRequests {
  private readonly open = new Set<OpenRequest>();

  get size(): number {
    return this.open.size;
  }

  /** @returns a way to leave. */
  enter(request: OpenRequest): () => void {
    this.open.add(request);
    return () => void this.open.delete(request);
  }

  /** Ends what has outlived its session. Nobody revokes a session that just runs out. */
  endExpired(nowMs: number): void {
    for (const { expiresAtMs, controller } of this.open) {
      if (expiresAtMs !== undefined && expiresAtMs <= nowMs) controller.abort('session-ended' satisfies Farewell);
    }
  }

  /** Ends what would never end by itself: sockets and event streams. Their clients connect anew, to another instance. */
  endStreams(): void {
    for (const { response, controller } of this.open) {
      const type = response?.getHeader('content-type');
      const isStream = response === undefined || (typeof type === 'string' && EVENT_STREAM.test(type));
      if (isStream) controller.abort('going-away' satisfies Farewell);
    }
  }

  endAll(): void {
    for (const { controller } of this.open) controller.abort('going-away' satisfies Farewell);
  }
}
