import type { VerifiedClaims } from '@gatehouse/session-validator';
import { LRUCache } from 'lru-cache';
import type { GatewaySession } from './gateway-session.js';
import { ProvenSecret } from './session-secret.js';
import { GONE_FOR_MS } from './session-store.port.js';

/** A session that was read and opened a moment ago. */
export interface CachedSession {
  readonly session: GatewaySession;
  /** Of the cookie that opened it. */
  readonly secret: string;
  /** When the store last said that it is there. */
  readonly readAtMs: number;
}

interface Entry extends CachedSession {
  readonly proven: ProvenSecret;
  /** What the validator last read in a token of this session. */
  claims: VerifiedClaims | undefined;
}

const MOST_SESSIONS = 20_000;
/** Longest that tokens nobody asks for stay in memory; also the longest that `onStoreDown: stale` can reach back. */
export const KEEP_MS = 300_000;
/** How exactly the cache keeps time, in ms: it looks at the clock no more often. */
const TTL_RESOLUTION_MS = 1_000;

/**
 * The sessions this process has at hand, so that not each request asks the store. Nothing here decides: each request is judged
 * by the validator, which hears of every end within milliseconds.
 */
export class SessionCache {
  private readonly sessions = new LRUCache<string, Entry>({
    ...{ max: MOST_SESSIONS, ttl: KEEP_MS, ttlResolution: TTL_RESOLUTION_MS },
  });
  /** Ended here. A reading that began before the end and comes back after it must not bring the session back. */
  private readonly ended = new LRUCache<string, true>({ max: MOST_SESSIONS, ttl: GONE_FOR_MS });

  get(sid: string): CachedSession | undefined {
    return this.sessions.get(sid);
  }

  /** {@link get} for whoever presents the secret that opened it, and for nobody else. */
  openedBy(sid: string, secret: string): CachedSession | undefined {
    const entry = this.sessions.get(sid);
    return entry?.proven.equals(secret) ? entry : undefined;
  }

  /** Keeps what is newer: two readings may come back in the wrong order. */
  put({ session, secret, readAtMs }: CachedSession): void {
    const { sid, generation } = session.record;
    if (this.ended.has(sid)) return;
    const before = this.sessions.get(sid);
    if (before && before.session.record.generation > generation) return;
    const proven = before?.secret === secret ? before.proven : new ProvenSecret(secret);
    this.sessions.set(sid, { session, secret, readAtMs, proven, claims: before?.claims });
  }

  hasEnded(sid: string): boolean {
    return this.ended.has(sid);
  }

  /** What the validator last read in a token of this session. */
  noteClaims(sid: string, claims: VerifiedClaims): void {
    const entry = this.sessions.get(sid);
    if (entry) entry.claims = claims;
  }

  claimsOf(sid: string): VerifiedClaims | undefined {
    return this.sessions.get(sid)?.claims;
  }

  /** Forgets it, and takes it no more. @returns whether it was here. */
  end(sid: string): boolean {
    this.ended.set(sid, true);
    return this.sessions.delete(sid);
  }
}
