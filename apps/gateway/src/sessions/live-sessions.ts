import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { ProviderTokens } from '@gatehouse/oidc';
import type { Accepted, SessionValidator, Verdict } from '@gatehouse/session-validator';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AuthService } from '../auth-service/auth-service.port.js';
import { EndSession } from './end-session.js';
import { GatewaySessions, type GatewaySession, type Principal, type SessionLookup } from './gateway-session.js';
import { OpenSession } from './open-session.js';
import type { RefreshOutcome } from './refresh/refresh-outcome.js';
import type { RefreshProviderTokens } from './refresh/refresh-provider-tokens.js';
import type { RefreshTokens } from './refresh/refresh-tokens.js';
import type { SessionVault } from './refresh/session-vault.js';
import { SEAL_BROKEN, SealBroken } from './sealing/sealing-keys.js';
import { KEEP_MS, type SessionCache } from './session-cache.js';
import type { SessionCookie } from './session-cookie.js';
import { isSecretOf } from './session-secret.js';
import type { SessionStore } from './session-store.port.js';
import type { SessionWatch } from './session-watch.js';

type OnStoreDown = Parameters<GatewaySessions['look']>[1];
type Judge = Pick<SessionValidator, 'decide'>;

/** How long what was read is used without asking again, in ms. Ends are heard of through the feed, not through this. */
const FRESH_MS = 1_000;
/** At most so often a use is written down, in ms; more often where the idle time is short. */
const TOUCH_EVERY_MS = 60_000;
/** Longest a request waits for other tokens, in ms: with the reading before it, it stays below two seconds. */
const LONGEST_WAIT_MS = 1_400;
/** Renewals one request may cause: a role may change while the first is under way. */
const MOST_RENEWALS = 2;

const NONE: SessionLookup = { kind: 'none', clear: false };
const AMBIGUOUS: SessionLookup = { kind: 'ambiguous' };
const over = (reason: string): SessionLookup => ({ kind: 'none', clear: true, reason });
const away = (retryAfterSeconds = 1): SessionLookup => ({ kind: 'unavailable', retryAfterSeconds });

export interface LiveSessionParts {
  readonly cookie: SessionCookie;
  readonly store: SessionStore;
  readonly vault: SessionVault;
  readonly cache: SessionCache;
  readonly validator: Judge;
  readonly auth: AuthService;
  readonly refresh: RefreshTokens;
  readonly providerRefresh: RefreshProviderTokens;
  readonly opening: OpenSession;
  readonly ending: EndSession;
  readonly watch: SessionWatch;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface LiveSessionSettings {
  /** How long before its end an access token is renewed. */
  readonly refreshWindowMs: number;
  readonly idleMs: number;
}

/** The sessions room as the front door sees it. */
export class LiveSessions extends GatewaySessions {
  private readonly touchEveryMs: number;

  constructor(
    private readonly parts: LiveSessionParts,
    private readonly settings: LiveSessionSettings,
  ) {
    super();
    this.touchEveryMs = Math.min(TOUCH_EVERY_MS, settings.idleMs / 4);
  }

  get clearingCookie(): string {
    return this.parts.cookie.clearing;
  }

  look(cookieHeader: string | undefined, onStoreDown: OnStoreDown): SessionLookup | Promise<SessionLookup> {
    const cookie = this.parts.cookie.read(cookieHeader);
    switch (cookie.kind) {
      case 'none':
        return NONE;
      case 'ambiguous':
        return AMBIGUOUS;
      case 'malformed':
        return over('malformed');
      case 'presented':
        return this.atHand(cookie.sid, cookie.secret) ?? this.lookUp(cookie.sid, cookie.secret, onStoreDown);
    }
  }

  open(login: Parameters<GatewaySessions['open']>[0]): ReturnType<GatewaySessions['open']> {
    return this.parts.opening.run(login);
  }

  end(session: GatewaySession, reason: string): Promise<boolean> {
    return this.parts.ending.run(session, reason);
  }

  async endAtProvider(notice: Parameters<GatewaySessions['endAtProvider']>[0]): Promise<void> {
    const { provider, logoutToken, issuer, providerSessionId } = notice;
    if (logoutToken !== undefined) return this.parts.auth.signOutAtProvider({ provider, logoutToken });
    if (issuer === undefined || providerSessionId === undefined) return;
    return this.parts.auth.signOutAtProvider({ provider, issuer, providerSessionId });
  }

  onEnded(sid: string, callback: () => void): () => void {
    return this.parts.watch.onEnded(sid, callback);
  }

  async providerTokens({ record }: GatewaySession): Promise<ProviderTokens | undefined> {
    const cached = this.parts.cache.get(record.sid);
    if (!cached) return undefined;
    const held = cached.session.tokens.provider;
    if (held === undefined || this.isGood(held)) return held;
    const renewing = this.parts.providerRefresh.begin(cached.session, cached.secret);
    const outcome = renewing && (await this.within(renewing));
    const renewed = outcome?.kind === 'current' ? outcome.session.tokens.provider : undefined;
    return renewed && this.isGood(renewed) ? renewed : undefined;
  }

  /** Nearly every request: its session was read a moment ago, and nothing has to be waited for. */
  private atHand(sid: string, secret: string): SessionLookup | Promise<SessionLookup> | undefined {
    const cached = this.parts.cache.openedBy(sid, secret);
    const nowMs = this.parts.clock.nowMs();
    if (!cached || nowMs - cached.readAtMs >= FRESH_MS || cached.session.record.expiresAtMs <= nowMs) return undefined;
    return this.judge(cached.session, cached.secret, MOST_RENEWALS);
  }

  private async lookUp(sid: string, secret: string, onStoreDown: OnStoreDown): Promise<SessionLookup> {
    let session: GatewaySession | undefined;
    try {
      session = await this.find(sid, secret);
    } catch (error) {
      if (error instanceof SealBroken) return this.unreadable(sid, error);
      if (!(error instanceof SessionStoreUnavailable)) throw error;
      session = this.remembered(sid, secret, onStoreDown);
      if (!session) return away();
    }
    if (!session) return over('unknown');
    if (session.record.expiresAtMs <= this.parts.clock.nowMs()) return this.ended(sid, 'absolute_timeout');
    return this.judge(session, secret, MOST_RENEWALS);
  }

  /** @throws {SessionStoreUnavailable} @throws {SealBroken} */
  private async find(sid: string, secret: string): Promise<GatewaySession | undefined> {
    const { cache, clock, store, vault } = this.parts;
    const cached = cache.get(sid);
    if (cached && clock.nowMs() - cached.readAtMs < FRESH_MS) return cache.openedBy(sid, secret)?.session;
    const stored = await store.find(sid);
    // The session id is no secret: a wrong secret proves nothing, and ends nothing.
    if (!stored || cache.hasEnded(sid) || !isSecretOf(stored.record.secretHash, secret)) return undefined;
    return vault.opened(stored, secret);
  }

  /** What was known before the store went away, for routes that would rather go on with it. */
  private remembered(sid: string, secret: string, onStoreDown: OnStoreDown): GatewaySession | undefined {
    if (onStoreDown.kind === 'deny') return undefined;
    const { cache, clock } = this.parts;
    const cached = cache.get(sid);
    const ageMs = clock.nowMs() - (cached?.readAtMs ?? 0);
    if (!cached || ageMs > Math.min(onStoreDown.staleMs, KEEP_MS)) return undefined;
    return cache.openedBy(sid, secret)?.session;
  }

  private judge(session: GatewaySession, secret: string, renewals: number): SessionLookup | Promise<SessionLookup> {
    const verdict = this.parts.validator.decide(session.tokens.accessToken);
    if (!(verdict instanceof Promise) && verdict.ok) return this.live(session, secret, verdict);
    return this.judged(session, secret, renewals, verdict);
  }

  private async judged(
    session: GatewaySession,
    secret: string,
    renewals: number,
    deciding: Verdict | Promise<Verdict>,
  ): Promise<SessionLookup> {
    const { sid } = session.record;
    const verdict = await deciding;
    if (verdict.ok) return this.live(session, secret, verdict);
    if (verdict.reason === 'FEED_STALE') return away();
    if (verdict.reason === 'SESSION_REVOKED') return this.ended(sid, verdict.reason);
    if (renewals === 0) {
      this.parts.logger.error('the tokens of the auth service are not accepted', { reason: verdict.reason });
      return away();
    }
    // Expired, or refused for what a renewed one is not: other roles, a key withdrawn, a cut-off. The auth service decides.
    const outcome = await this.within(this.parts.refresh.now(session, secret));
    switch (outcome?.kind) {
      case undefined:
        return away();
      case 'unavailable':
        return away(outcome.retryAfterSeconds);
      case 'ended':
        // What this instance cannot open, another one may.
        return outcome.reason === SEAL_BROKEN ? over(SEAL_BROKEN) : await this.ended(sid, outcome.reason);
      case 'current':
        this.renewBesides(outcome.session, secret, session);
        return this.judge(outcome.session, secret, renewals - 1);
    }
  }

  private live(
    session: GatewaySession,
    secret: string,
    { claims, principal }: Accepted,
  ): SessionLookup | Promise<SessionLookup> {
    const { sid, userId } = session.record;
    if (principal.sessionId !== sid || principal.subject !== userId) {
      this.parts.logger.error('a session holds the token of another one', { sessionId: sid });
      return this.ended(sid, 'mismatch');
    }
    this.parts.cache.noteClaims(sid, claims);
    this.touch(session);
    const nowMs = this.parts.clock.nowMs();
    if (session.tokens.accessTokenExpiresAtMs - nowMs <= this.settings.refreshWindowMs) {
      void this.parts.refresh.soon(session, secret)?.then((outcome) => {
        if (outcome.kind === 'current') this.renewBesides(outcome.session, secret, session);
      });
    }
    const { authenticatedAtMs: authTimeMs, acr, roles } = principal;
    const who: Principal = { userId, sid, roles, authTimeMs, acr };
    return { kind: 'live', session, principal: who };
  }

  /** The provider's tokens go along with ours: so the gateway hears that the provider has ended or disabled somebody. */
  private renewBesides(session: GatewaySession, secret: string, before: GatewaySession): void {
    if (session.tokens.accessToken === before.tokens.accessToken) return;
    void this.parts.providerRefresh.begin(session, secret);
  }

  private touch({ record }: GatewaySession): void {
    const { cache, clock, logger, store } = this.parts;
    const { sid } = record;
    const nowMs = clock.nowMs();
    if (nowMs - record.lastSeenAtMs < this.touchEveryMs) return;
    const cached = cache.get(sid);
    if (!cached || nowMs - cached.session.record.lastSeenAtMs < this.touchEveryMs) return;
    // Noted before it is written, or each request of the next milliseconds would write it too.
    const seen = { ...cached.session, record: { ...cached.session.record, lastSeenAtMs: nowMs } };
    cache.put({ ...cached, session: seen });
    store.touch(sid, nowMs).catch((error: unknown) => {
      if (!(error instanceof SessionStoreUnavailable)) logger.warn('a use was not written down', { error });
    });
  }

  private async ended(sid: string, reason: string): Promise<SessionLookup> {
    await this.parts.ending.here(sid, reason);
    return over(reason);
  }

  /** Not removed: another instance may have the key that this one lacks. */
  private unreadable(sid: string, error: SealBroken): SessionLookup {
    this.parts.logger.warn('the tokens of a session cannot be opened; were all sealing keys kept?', {
      error,
      sessionId: sid,
    });
    return over(SEAL_BROKEN);
  }

  private isGood({ accessTokenExpiresAtMs }: ProviderTokens): boolean {
    return accessTokenExpiresAtMs === undefined || accessTokenExpiresAtMs > this.parts.clock.nowMs();
  }

  /** @returns `undefined` when it takes longer than a request waits. It goes on all the same. */
  private async within(renewing: Promise<RefreshOutcome>): Promise<RefreshOutcome | undefined> {
    const enough = new AbortController();
    try {
      const tooLong = sleep(LONGEST_WAIT_MS, undefined, { signal: enough.signal, ref: false });
      tooLong.catch(() => undefined);
      return await Promise.race([renewing, tooLong]);
    } finally {
      enough.abort();
    }
  }
}
