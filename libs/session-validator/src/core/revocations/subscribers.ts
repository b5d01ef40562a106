import type { AccessTokenClaims, RevocationEntry, TokenRefusal } from '@gatehouse/contracts';
import { VerifiedAccessToken } from '../tokens/claims.js';
import type { Principal } from '../verdict.js';
import type { RevocationReplica } from './replica.js';
import { findRevocation } from './revocation-check.js';
import { Watchers, type WatchCallback, type Watched } from './watchers.js';

export interface SubscriberParts {
  readonly nowMs: () => number;
  readonly clockToleranceSeconds: number;
  readonly warn: (message: string) => void;
}

/** Who is told when something ends: listeners of every revocation, and watchers of one token each. */
export class Subscribers {
  private readonly listeners = new Set<(entry: RevocationEntry) => void>();
  private readonly watchers: Watchers;

  constructor(
    private readonly replica: RevocationReplica,
    private readonly parts: SubscriberParts,
  ) {
    this.watchers = new Watchers(parts.nowMs);
  }

  get watching(): number {
    return this.watchers.size;
  }

  listen(callback: (entry: RevocationEntry) => void): () => void {
    const listener = (entry: RevocationEntry) => callback(entry);
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  watch(who: Principal | AccessTokenClaims, callback: WatchCallback): () => void {
    const watched = this.watchedOf(who);
    const stop = this.watchers.add(watched, (reason) => this.safely(() => callback(reason)));
    const already = findRevocation(this.replica, watched.token, watched.kid);
    if (!already) return stop;
    stop();
    return this.soon(callback, already.reason);
  }

  /** @param entry - in the list already, so that whoever is told of it is refused */
  tell(entry: RevocationEntry): void {
    // Asked first: at a start there may be a million entries, and nobody to tell.
    if (this.watchers.size > 0) this.endWatches(entry);
    if (this.listeners.size > 0) for (const listener of [...this.listeners]) this.safely(() => listener(entry));
  }

  /** Ends the watches of tokens whose key is not in force any more. */
  keepKeys(isInForce: (kid: string) => boolean): void {
    this.watchers.keepKeys(isInForce);
  }

  /** To be called each second. */
  tick(): void {
    this.watchers.tick();
  }

  clear(): void {
    this.watchers.clear();
    this.listeners.clear();
  }

  private endWatches(entry: RevocationEntry): void {
    for (const watcher of this.watchers.concernedBy(entry)) {
      const revocation = findRevocation(this.replica, watcher.token, watcher.kid);
      if (revocation) this.watchers.end(watcher, revocation.reason);
    }
  }

  private watchedOf(who: Principal | AccessTokenClaims): Watched {
    const origin = VerifiedAccessToken.of(who);
    if (origin) return { token: origin.verdict.claims, kid: origin.kid, acceptedUntilMs: origin.acceptedUntil * 1000 };
    if ('sid' in who) {
      const acceptedUntilMs = (who.exp + this.parts.clockToleranceSeconds) * 1000;
      return { token: who, kid: undefined, acceptedUntilMs };
    }
    const {
      sessionId: sid,
      tokenId: jti,
      subject: sub,
      generation: gen,
      clientId: client_id,
      deviceId: device_id,
    } = who;
    // Without an `iat`, a cut-off in time cannot be shown not to concern it; it then does.
    return { token: { sid, jti, sub, gen, client_id, device_id, iat: 0 }, kid: undefined, acceptedUntilMs: undefined };
  }

  /** Not at once: the caller has yet to hear how to stop it. */
  private soon(callback: WatchCallback, reason: TokenRefusal): () => void {
    let stopped = false;
    queueMicrotask(() => {
      if (!stopped) this.safely(() => callback(reason));
    });
    return () => {
      stopped = true;
    };
  }

  /**
   * Runs a caller's callback. Its failure is its own, and must not stop a revocation from reaching the next one; one that
   * comes later, as a rejection, must not end the process either.
   */
  private safely(run: () => unknown): void {
    const report = (error: unknown) =>
      this.parts.warn(`A revocation callback failed: ${error instanceof Error ? error.name : typeof error}.`);
    try {
      const outcome = run();
      if (outcome instanceof Promise) outcome.catch(report);
    } catch (error) {
      report(error);
    }
  }
}
