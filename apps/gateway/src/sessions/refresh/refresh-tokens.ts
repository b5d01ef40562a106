import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthServiceUnavailable } from '../../auth-service/auth-service.errors.js';
import type { AuthService } from '../../auth-service/auth-service.port.js';
import type { GatewaySession } from '../gateway-session.js';
import { SEAL_BROKEN, SealBroken } from '../sealing/sealing-keys.js';
import type { SessionStore } from '../session-store.port.js';
import { Lease } from './lease.js';
import { Pauses } from './pauses.js';
import type { RefreshOutcome } from './refresh-outcome.js';
import type { SessionVault } from './session-vault.js';

/**
 * How long a lease lasts unless it is renewed, in ms. Well below the 10 s in which the auth service answers a spent refresh
 * token with the identical pair: should the holder be killed between the answer and the writing of it, the next one still gets
 * that pair, and nobody is signed out.
 */
const LEASE_MS = 3_000;
/** Longest to wait for another instance, in ms. */
const LONGEST_WAIT_MS = 5_000;
const LOOK_AGAIN_MS = 40;

export interface RefreshParts {
  readonly store: SessionStore;
  readonly vault: SessionVault;
  readonly auth: AuthService;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends a session of which the auth service says that it is over. */
  readonly end: (sid: string, reason: string) => Promise<void>;
  readonly count: (result: 'refreshed' | 'taken-over' | 'ended' | 'unavailable') => void;
}

/** Renews the auth service's tokens of a session: once, however many requests and instances want it. */
export class RefreshTokens {
  private readonly underWay = new Map<string, Promise<RefreshOutcome>>();
  private readonly pauses: Pauses;

  constructor(private readonly parts: RefreshParts) {
    this.pauses = new Pauses(parts.clock);
  }

  /**
   * Renews beside the requests, which go on with what they have. Does nothing where it is being done, here or elsewhere, and
   * leaves the session alone for a while after a failure.
   *
   * @returns the outcome, for whoever wants to know; `undefined` where nothing was begun.
   */
  soon(session: GatewaySession, secret: string): Promise<RefreshOutcome> | undefined {
    const { sid } = session.record;
    if (this.underWay.has(sid) || this.pauses.isPaused(sid)) return undefined;
    return this.begin(session, secret, false);
  }

  /** Renews now, or joins whoever is at it. Never rejects; how long to wait for it is the caller's affair. */
  now(session: GatewaySession, secret: string): Promise<RefreshOutcome> {
    return this.underWay.get(session.record.sid) ?? this.begin(session, secret, true);
  }

  /** Those under way, for a process that is about to end: what was renewed should be written down. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay.values());
  }

  private begin(session: GatewaySession, secret: string, wait: boolean): Promise<RefreshOutcome> {
    const { sid } = session.record;
    const attempt = this.attempt(session, secret, wait).finally(() => this.underWay.delete(sid));
    this.underWay.set(sid, attempt);
    return attempt;
  }

  private async attempt(session: GatewaySession, secret: string, wait: boolean): Promise<RefreshOutcome> {
    const { sid } = session.record;
    try {
      const outcome = await this.renew(session, secret, wait);
      if (outcome.kind === 'unavailable') this.parts.count('unavailable');
      else this.pauses.succeeded(sid);
      return outcome;
    } catch (error) {
      if (error instanceof SealBroken) return { kind: 'ended', reason: SEAL_BROKEN };
      this.pauses.failed(sid);
      this.parts.count('unavailable');
      if (error instanceof AuthServiceUnavailable || error instanceof SessionStoreUnavailable) {
        return { kind: 'unavailable', retryAfterSeconds: error.retryAfterSeconds };
      }
      this.parts.logger.error('a session could not be renewed', { error, sessionId: sid });
      return { kind: 'unavailable', retryAfterSeconds: 1 };
    }
  }

  private async renew(session: GatewaySession, secret: string, wait: boolean): Promise<RefreshOutcome> {
    const { store, vault } = this.parts;
    const { sid } = session.record;
    const deadlineMs = performance.now() + LONGEST_WAIT_MS;
    for (;;) {
      const lease = await Lease.take(store, sid, 'refresh', LEASE_MS);
      try {
        // Read under the lease: whoever had it before may have done the work.
        const current = await vault.read(sid, secret);
        if (!current) return { kind: 'ended', reason: 'gone' };
        if (current.tokens.accessToken !== session.tokens.accessToken) return this.takenOver(current);
        if (lease) return await this.ask(current, secret);
      } finally {
        // Not waited for: with the store away it would take as long again.
        void lease?.giveBack();
      }
      if (!wait) return { kind: 'current', session };
      if (performance.now() > deadlineMs) return { kind: 'unavailable', retryAfterSeconds: 1 };
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async ask(current: GatewaySession, secret: string): Promise<RefreshOutcome> {
    const { auth, vault, count } = this.parts;
    const { sid } = current.record;
    const spent = current.tokens.refreshToken;
    const answer = await auth.refresh(spent, current.tokens.accessToken);
    if (answer.kind === 'ended') return this.refused(current, secret, answer.code);
    const { kind: _kind, ...renewed } = answer;
    // Where the spent token has been replaced meanwhile, somebody got the same answer and was faster.
    const saved = await vault.save(current, secret, (tokens) =>
      tokens.refreshToken === spent ? { ...tokens, ...renewed } : undefined,
    );
    if (saved.kind === 'gone') {
      this.parts.logger.info('a session ended while its tokens were renewed', { sessionId: sid });
      return { kind: 'ended', reason: 'gone' };
    }
    count('refreshed');
    return { kind: 'current', session: saved.session };
  }

  /** Another instance may have won with the same token, and what we asked about is history: looked at once more. */
  private async refused(before: GatewaySession, secret: string, code: string): Promise<RefreshOutcome> {
    const { sid } = before.record;
    const current = await this.parts.vault.read(sid, secret);
    if (current && current.tokens.refreshToken !== before.tokens.refreshToken) return this.takenOver(current);
    await this.parts.end(sid, code);
    this.parts.count('ended');
    return { kind: 'ended', reason: code };
  }

  private takenOver(session: GatewaySession): RefreshOutcome {
    this.parts.count('taken-over');
    return { kind: 'current', session };
  }
}
