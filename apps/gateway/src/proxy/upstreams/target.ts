import type { Clock } from '@gatehouse/kernel';
import { Pool } from 'undici';
import type { UpstreamSettings } from '../../config/gateway-settings.js';
import { Breaker } from './breaker.js';

/** How an attempt went, as far as it says something about the target. */
export type Verdict = 'good' | 'bad' | 'undecided';

/** Longest an attempt to connect may hang; routes wait less (`timeouts.connectMs`). */
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_RESPONSE_HEADER_BYTES = 64 * 1024;
/** Requests that may wait for a connection, for each there may be. More would wait longer than they are wanted. */
const WAITING_PER_CONNECTION = 4;

/** One server of an upstream: its connections, and what is known of its health. */
export class Target {
  readonly origin: string;
  readonly pool: Pool;
  readonly breaker: Breaker;
  /** Requests and upgraded connections under way or waiting. */
  active = 0;
  /** WebSockets: their connections are no longer the pool's. */
  upgraded = 0;
  /** What the active checks say. Until the first one a target counts as healthy. */
  healthy = true;
  private failuresInARow = 0;
  private ejectedUntilMs = 0;
  private readonly mostAtOnce: number;

  constructor(
    url: URL,
    settings: UpstreamSettings,
    private readonly clock: Clock,
  ) {
    this.origin = url.origin;
    this.breaker = new Breaker(settings.breaker, clock);
    this.mostAtOnce = settings.maxConnectionsPerTarget * (1 + WAITING_PER_CONNECTION);
    this.pool = new Pool(url.origin, {
      connections: settings.maxConnectionsPerTarget,
      pipelining: 1,
      connectTimeout: CONNECT_TIMEOUT_MS,
      // A target that says itself how long it keeps them (`Keep-Alive: timeout=5`) is believed.
      keepAliveTimeout: settings.keepAliveMs,
      maxHeaderSize: MAX_RESPONSE_HEADER_BYTES,
      allowH2: false,
    });
    // Each failure is told to the request it concerns.
    this.pool.on('connectionError', () => undefined);
  }

  get full(): boolean {
    return this.active - this.upgraded >= this.mostAtOnce;
  }

  get ejected(): boolean {
    return this.ejectedUntilMs > 0 && this.clock.nowMs() < this.ejectedUntilMs;
  }

  /** @returns the failures in a row, this one included */
  noteFailure(): number {
    return (this.failuresInARow += 1);
  }

  noteSuccess(): void {
    this.failuresInARow = 0;
  }

  eject(forMs: number): void {
    this.failuresInARow = 0;
    this.ejectedUntilMs = this.clock.nowMs() + forMs;
  }
}
