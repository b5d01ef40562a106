import type { IncomingMessage } from 'node:http';
import type { Route } from '../../routes/route.js';

/** Safe or idempotent (RFC 9110 §9.2): asking twice is asking once. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Said by something between us and the program, or by a program that has not begun. */
const WORTH_RETRYING = new Set([502, 503, 504]);

const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1_000;

/** What one request may still try. */
export class Retries {
  private left: number;
  private pauseMs = FIRST_PAUSE_MS;
  private readonly deadlineMs: number;

  constructor({ method = '' }: IncomingMessage, hasBody: boolean, { retries, timeouts }: Route, nowMs: number) {
    this.left = !hasBody && IDEMPOTENT.has(method) ? retries : 0;
    this.deadlineMs = nowMs + timeouts.headersMs;
  }

  /** Until an answer must have begun, all attempts together; at least 1 ms, since 0 would be no limit. */
  remainingMs(nowMs: number): number {
    return Math.max(1, Math.ceil(this.deadlineMs - nowMs));
  }

  isWorthIt(status: number): boolean {
    return this.left > 0 && WORTH_RETRYING.has(status);
  }

  /**
   * @param retryAfter - header of the answer, if there was one
   * @returns milliseconds to wait before the next attempt; undefined where there is none left, or no time for it
   */
  next(nowMs: number, retryAfter?: string): number | undefined {
    if (this.left === 0) return undefined;
    const askedMs = retryAfter === undefined ? 0 : milliseconds(retryAfter, nowMs);
    // Jitter, so that the requests that failed together do not come back together.
    const pauseMs = Math.max(askedMs, this.pauseMs * (0.5 + Math.random()));
    if (nowMs + pauseMs >= this.deadlineMs) return undefined;
    this.left -= 1;
    this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 2);
    return pauseMs;
  }
}

/** Seconds or a date (RFC 9110 §10.2.3); what is neither asks for a time we do not know, so there is no retry. */
function milliseconds(retryAfter: string, nowMs: number): number {
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * 1_000;
  const atMs = Date.parse(retryAfter);
  return Number.isNaN(atMs) ? Infinity : Math.max(0, atMs - nowMs);
}
