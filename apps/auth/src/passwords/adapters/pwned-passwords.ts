import { createHash } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import { BreachList } from '../breach-list.port.js';
import { CircuitBreaker } from '../circuit-breaker.js';

export interface PwnedPasswordsOptions {
  /** Address under which `/range/` is found. */
  readonly baseUrl: string;
  readonly clock: Clock;
  /** Told once when the service is given up for a while, and once when it is back. */
  readonly onOutage?: (isOut: boolean) => void;
}

/** Whoever waits here holds up a sign-up. */
const PATIENCE_MS = 500;
/** A padded answer has 40 to 60 KiB. */
const MAX_ANSWER_BYTES = 262_144;
/** A list that is slow must not collect sockets. */
const MAX_IN_FLIGHT = 32;
const BREAKER = { failures: 3, restMs: 30_000 };
const PREFIX_LENGTH = 5;

/**
 * The range interface of Have I Been Pwned, or a mirror of it. Of a password only the first 5 hexadecimal digits of its SHA-1
 * leave the process, which some hundreds of leaked passwords have in common; the answer is padded, so that its size does not
 * tell either.
 */
export class PwnedPasswords extends BreachList {
  private readonly breaker: CircuitBreaker;
  private readonly baseUrl: string;
  private inFlight = 0;

  constructor({ baseUrl, clock, onOutage }: PwnedPasswordsOptions) {
    super();
    this.baseUrl = baseUrl.replace(/\/+$/, '');
    this.breaker = new CircuitBreaker(BREAKER, clock, onOutage);
  }

  override async has(password: string): Promise<boolean> {
    if (this.inFlight >= MAX_IN_FLIGHT) return false;
    const digest = createHash('sha1').update(password, 'utf8').digest('hex').toUpperCase();
    this.inFlight++;
    try {
      const range = await this.breaker.run(() => this.range(digest.slice(0, PREFIX_LENGTH)));
      return range !== undefined && holds(range, digest.slice(PREFIX_LENGTH));
    } finally {
      this.inFlight--;
    }
  }

  private async range(prefix: string): Promise<string> {
    const answer = await fetch(`${this.baseUrl}/range/${prefix}`, {
      headers: { 'add-padding': 'true', 'user-agent': 'gatehouse' },
      // Nobody else is to learn the prefix.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (answer.status !== 200 || !answer.body) {
      await answer.body?.cancel();
      throw new Error(`the list answered ${answer.status}`);
    }
    const parts: Buffer[] = [];
    let bytes = 0;
    // The time limit holds for the body as well; leaving the loop by an error closes the connection.
    for await (const part of answer.body) {
      bytes += part.byteLength;
      if (bytes > MAX_ANSWER_BYTES) throw new Error('the answer of the list does not end');
      parts.push(Buffer.from(part));
    }
    return Buffer.concat(parts).toString('latin1');
  }
}

/** Lines of `SUFFIX:COUNT`; padding has a count of 0. */
function holds(range: string, suffix: string): boolean {
  return range.split('\n').some((line) => {
    const [known, count] = line.trim().split(':');
    return known?.toUpperCase() === suffix && Number(count) > 0;
  });
}
