/** One request on its way. */
export interface OpenRequest {
  readonly controller: AbortController;
  /** Absolute end of the session behind it, in ms since the epoch. @default it has none */
  readonly expiresAtMs?: number | undefined;
}

/** Everything between clients and upstreams right now, so that it does not outlive its session. */
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
      if (expiresAtMs !== undefined && expiresAtMs <= nowMs) controller.abort('session-ended');
    }
  }
}
