import type { AccessTokenClaims, RevocationEntry } from '@gatehouse/contracts';
import type { ActivityLoop } from './activity/activity-loop.js';
import type { ActivityTally } from './activity/activity-tally.js';
import type { AccessCookie } from './config/access-cookie.js';
import { explainToken, type Explanation } from './explain.js';
import { FeedLedger } from './feed/feed-ledger.js';
import type { RevocationFeed } from './feed/feed.port.js';
import { positionMs } from './feed/position-ms.js';
import type { KeyRing } from './keys/key-ring.js';
import { Counters } from './metrics/counters.js';
import { DecisionObserver, type Observation, type Tracing } from './metrics/decision-observer.js';
import {
  figuresOf,
  FRESH_SECONDS,
  type FeedHealth,
  type ValidatorHealth,
  type ValidatorMetrics,
} from './metrics/metrics.js';
import { prometheusText } from './metrics/prometheus-text.js';
import { RevocationReplica } from './revocations/replica.js';
import { findRevocation } from './revocations/revocation-check.js';
import { Subscribers } from './revocations/subscribers.js';
import { LONGEST_TIMER_MS, type WatchCallback } from './revocations/watchers.js';
import type { Time } from './time.js';
import { expired, type VerifiedAccessToken } from './tokens/claims.js';
import { TokenCache } from './tokens/token-cache.js';
import { invalid, MAX_TOKEN_CHARACTERS, UNKNOWN_KEY, verifyToken } from './tokens/token-verifier.js';
import { maxFeedAgeMs, refused, type Freshness, type Principal, type Verdict } from './verdict.js';

/** What one decision may ask for. */
export interface CheckOptions {
  /** How stale the list may be. @default the validator's own `freshness` */
  readonly freshness?: Freshness | undefined;
  /** Whether a service account will do where otherwise a person is asked for. @default false */
  readonly serviceAccounts?: boolean | undefined;
}

/** What a validator is made of; `createSessionValidator` puts it together. */
export interface ValidatorParts {
  readonly time: Time;
  readonly clockToleranceSeconds: number;
  readonly freshness: Freshness;
  /** `undefined`: the doors look at no cookie. */
  readonly accessCookie?: AccessCookie | undefined;
  readonly tokenCacheBytes: number;
  /** `undefined` opts out of revocation. */
  readonly feed: RevocationFeed | undefined;
  /** Makes the key ring; `onReplaced` is to be called whenever its keys change. */
  readonly keys: (onReplaced: () => void) => KeyRing;
  readonly warn: (message: string) => void;
  /** Left out: requests are not counted. */
  readonly activity?: ActivityLoop | undefined;
  /** Left out: no spans. */
  readonly tracing?: Tracing | undefined;
}

const NO_TOKEN = refused('TOKEN_MISSING', 'Sign in to use this.');
const TOO_LONG = invalid(`longer than ${MAX_TOKEN_CHARACTERS} characters`);
const NO_SUCH_KEY = invalid('signed with an unknown key');
const NO_PERSON = invalid('it is of a service account');
const NOT_SYNCED = refused('FEED_STALE', 'The keys and revocations have not been read yet; try again in a moment.');
const TOO_STALE = refused(
  'FEED_STALE',
  'It cannot be told right now whether the session still stands; try again in a moment.',
);
const EXPIRED = expired();

const TICK_MS = 1_000;
const DEFAULT_READY_MS = 10_000;

/**
 * Judges access tokens inside this process. It asks nobody while judging: keys and revocations are kept up to date in
 * the background, and the last known list is enforced whatever happens to the feed.
 */
export class SessionValidator {
  private readonly counters = new Counters();
  private readonly replica = new RevocationReplica();
  private readonly ledger: FeedLedger;
  private readonly keys: KeyRing;
  private readonly cache: TokenCache<VerifiedAccessToken>;
  private readonly subscribers: Subscribers;
  private readonly observer: DecisionObserver;
  private readonly tally: ActivityTally | undefined;
  private readonly waiting = new Set<() => void>();
  private readonly ticking: NodeJS.Timeout;
  private started = false;
  private closing: Promise<void> | undefined;

  /** @internal `createSessionValidator` puts the parts together. */
  constructor(private readonly parts: ValidatorParts) {
    const { time, clockToleranceSeconds, warn } = parts;
    this.cache = new TokenCache(parts.tokenCacheBytes);
    this.tally = parts.activity?.tally;
    this.subscribers = new Subscribers(this.replica, { nowMs: () => time.nowMs(), clockToleranceSeconds, warn });
    this.observer = new DecisionObserver(this.counters, time, parts.tracing);
    this.ledger = new FeedLedger(
      time,
      (entry, record, news) => this.apply(entry, news ? positionMs(record.position) : undefined),
      () => this.mattersForMs(),
    );
    this.keys = parts.keys(() => {
      // Tokens of a key that is gone must be judged again.
      this.cache.clear();
      const keys = this.keys.current;
      if (keys) this.subscribers.keepKeys((kid) => keys.find(kid) !== undefined);
      // With the keys came how long tokens live, and so whether the log reaches back far enough.
      this.ledger.reconsider();
      this.announceIfReady();
    });
    this.ledger.whenComplete(() => this.announceIfReady());
    this.ticking = setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** The cookie the doors look for beside the Authorization header, where it was configured. */
  get accessCookie(): AccessCookie | undefined {
    return this.parts.accessCookie;
  }

  /**
   * Judges a token as {@link check} does. When its key is unknown, the keys are read once more first, at most once per
   * five seconds for all callers together.
   *
   * @param ipAddress - as for {@link check}
   * @returns a verdict in every case; never rejects.
   */
  async validateAccessToken(token: string, options?: CheckOptions, ipAddress?: string): Promise<Verdict> {
    return this.decide(token, options, ipAddress);
  }

  /**
   * Judges a token now, from memory: size, form, header, signature, claims, then revocations, then the freshness of the
   * list. Signature and claims are remembered per token; clock, revocations and freshness are asked every time. An accepted
   * token counts as one request of its session.
   *
   * @param ipAddress - from where the token came, for people to see where their session is used; the doors tell it
   * @returns a verdict in every case; never throws. A warm token costs microseconds.
   */
  check(token: string, options?: CheckOptions, ipAddress?: string): Verdict {
    const observation = this.observer.begin();
    const { cacheHits } = this.counters;
    const verdict = this.judge(token, options, this.tally, ipAddress);
    if (verdict !== UNKNOWN_KEY) return this.count(verdict, observation, cacheHits);
    void this.keys.refreshForUnknownKey();
    return this.count(NO_SUCH_KEY, observation, cacheHits);
  }

  /**
   * {@link decide} for the value of an Authorization header in which this validator has seen a good token before. What
   * matters is asked as ever; only that the token is taken out of its header once more is saved.
   *
   * @returns `undefined` where nothing is remembered: take the token out, and ask {@link decide}.
   */
  recall(credentials: string, options?: CheckOptions, ipAddress?: string): Verdict | undefined {
    const verified = this.cache.findCredentials(credentials);
    if (!verified) return undefined;
    const observation = this.observer.begin();
    const { cacheHits } = this.counters;
    return this.count(this.judgeKnown(verified, options, this.tally, ipAddress), observation, cacheHits);
  }

  /**
   * {@link check} when that settles it, {@link validateAccessToken} when the key is unknown. What the doors use.
   *
   * @param credentials - the value of the header the token came in, for {@link recall} to know it next time
   */
  decide(token: string, options?: CheckOptions, ipAddress?: string, credentials?: string): Verdict | Promise<Verdict> {
    const observation = this.observer.begin();
    const { cacheHits } = this.counters;
    const verdict = this.judge(token, options, this.tally, ipAddress, credentials);
    if (verdict !== UNKNOWN_KEY) return this.count(verdict, observation, cacheHits);
    const refresh = this.keys.refreshForUnknownKey();
    if (!refresh) return this.count(NO_SUCH_KEY, observation, cacheHits);
    return refresh.then(() => {
      const hitsBefore = this.counters.cacheHits;
      const second = this.judge(token, options, this.tally, ipAddress, credentials);
      return this.count(second === UNKNOWN_KEY ? NO_SUCH_KEY : second, observation, hitsBefore);
    });
  }

  /**
   * Says check by check why {@link check} answers as it does right now, in the very state it answers from. For tools and
   * support: it verifies anew each time, counts no decision and no request, and tells more than a client should hear.
   */
  explain(token: string, options?: CheckOptions): Explanation {
    const verdict = this.judge(token, options, undefined, undefined);
    const { parts, ledger } = this;
    const explained = explainToken(token, {
      keys: this.keys.current,
      clockToleranceSeconds: parts.clockToleranceSeconds,
      nowMs: parts.time.nowMs(),
      list: parts.feed && this.replica,
      isListComplete: ledger.isComplete,
      listAgeMs: ledger.ageMs(),
      serviceAccounts: options?.serviceAccounts === true,
      maxListAgeMs: maxFeedAgeMs(options?.freshness ?? parts.freshness),
    });
    return { verdict: verdict === UNKNOWN_KEY ? NO_SUCH_KEY : verdict, ...explained };
  }

  /**
   * Whether the list is fresh enough, as the policy has it: what is left to ask about somebody whose token was judged when
   * their connection was made, and who is watched since.
   */
  isFreshEnough(options?: CheckOptions): boolean {
    return this.staleness(options) === undefined;
  }

  /** Whether requests are counted, so that nobody finds out an address in vain. */
  get countsRequests(): boolean {
    return this.tally !== undefined;
  }

  /** Starts the feed and the reading of keys. `createSessionValidator` does so; calling again is harmless. */
  start(): void {
    if (this.started || this.closing) return;
    this.started = true;
    this.keys.start();
    this.parts.feed?.start(this.ledger);
    this.parts.activity?.start();
  }

  /**
   * {@link start}, then {@link ready}. The feed runs from construction on, so nobody needs to call this; who does may
   * wait for the first complete reading.
   */
  subscribeToInvalidations(): Promise<boolean> {
    this.start();
    return this.ready();
  }

  /**
   * Whether the keys and the whole list of revocations have been read once. Until then every token gets `FEED_STALE`.
   *
   * @param timeoutMs - how long to wait for it, 10 s unless told
   */
  ready(timeoutMs = DEFAULT_READY_MS): Promise<boolean> {
    if (this.isReady || this.closing) return Promise.resolve(this.isReady);
    return new Promise((resolve) => {
      const settle = () => {
        clearTimeout(timer);
        this.waiting.delete(settle);
        resolve(this.isReady);
      };
      const timer = setTimeout(settle, Math.min(timeoutMs, LONGEST_TIMER_MS));
      this.waiting.add(settle);
    });
  }

  /**
   * Calls back for each revocation that ends something not ended before, those found when the list is first read
   * included. A callback that throws is reported and the others still run.
   *
   * @returns stop.
   */
  onRevoked(callback: (entry: RevocationEntry) => void): () => void {
    return this.subscribers.listen(callback);
  }

  /**
   * Calls back once, as soon as the token behind this principal would be refused: its session or key or itself revoked,
   * its rights changed, or its time over (clock tolerance included). Made for SSE and WebSocket connections, which
   * outlive the check at their opening. A revocation that arrived in between is reported too, after this call returns.
   *
   * Principals and claims that this validator handed out are watched whole; for look-alikes without `exp` only
   * revocations count.
   *
   * @returns stop.
   */
  watch(who: Principal | AccessTokenClaims, callback: WatchCallback): () => void {
    return this.subscribers.watch(who, callback);
  }

  /** How it is right now, from memory: for `/ready`. It stays able to judge whatever this says. */
  health(): ValidatorHealth {
    const keys = this.keys.current;
    const { isReady: ready } = this;
    return { ready, feed: this.feedHealth(), keys: { version: keys?.version ?? null, count: keys?.count ?? 0 } };
  }

  /** Counts since it was made, as numbers; {@link metricsText} has the same and histograms as text. */
  metrics(): ValidatorMetrics {
    const { counters, ledger } = this;
    const { activity } = this.parts;
    return {
      decisions: { ...counters.decisions },
      cacheHits: counters.cacheHits,
      cacheMisses: counters.cacheMisses,
      cacheEntries: this.cache.size,
      replicaEntries: this.replica.entries,
      feedAgeSeconds: this.feedHealth().ageSeconds,
      feedHoles: ledger.holes,
      feedRestarts: ledger.restarts,
      unreadableRecords: ledger.unreadable,
      entriesApplied: counters.entriesApplied,
      entriesNotUnderstood: counters.entriesNotUnderstood,
      keyDocumentsRefused: this.keys.refusedDocuments,
      watchers: this.subscribers.watching,
      activityReported: activity?.reportedRequests ?? 0,
      activityDropped: activity?.tally.droppedRequests ?? 0,
      activityWaiting: activity?.waitingSessions ?? 0,
      revocationLag: figuresOf(counters.lagSeconds),
      decisionTime: figuresOf(counters.decisionSeconds),
    };
  }

  /** {@link metrics} in the Prometheus text format, names beginning with `session_validator_`. */
  metricsText(): string {
    return prometheusText(this.metrics(), this.counters, this.health());
  }

  /** Ends connections, timers and watches. What is known stays enforced, should anybody still ask. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  /** @param tally - where an accepted token counts as a request; `undefined` where it does not */
  private judge(
    token: string,
    options: CheckOptions | undefined,
    tally: ActivityTally | undefined,
    ipAddress: string | undefined,
    credentials?: string,
  ): Verdict | typeof UNKNOWN_KEY {
    if (typeof token !== 'string' || token === '') return NO_TOKEN;
    if (token.length > MAX_TOKEN_CHARACTERS) return TOO_LONG;
    const keys = this.keys.current;
    if (!keys) return NOT_SYNCED;

    // A hit is the very text that passed every check of form before, so none of them is repeated.
    const known = this.cache.find(token);
    if (known) {
      if (credentials !== undefined) this.cache.keepCredentials(known, token, credentials);
      return this.judgeKnown(known, options, tally, ipAddress);
    }
    this.counters.cacheMisses += 1;
    const checked = verifyToken(token, keys, this.parts.clockToleranceSeconds, this.parts.time.nowMs());
    if (checked === UNKNOWN_KEY || 'reason' in checked) return checked;
    this.cache.add(token, checked);
    return this.judgeVerified(checked, options, tally, ipAddress);
  }

  private judgeKnown(
    known: VerifiedAccessToken,
    options: CheckOptions | undefined,
    tally: ActivityTally | undefined,
    ipAddress: string | undefined,
  ): Verdict {
    this.counters.cacheHits += 1;
    if (this.parts.time.nowMs() >= known.acceptedUntil * 1000) return EXPIRED;
    return this.judgeVerified(known, options, tally, ipAddress);
  }

  /** What is asked each time, however well a token is known. */
  private judgeVerified(
    verified: VerifiedAccessToken,
    options: CheckOptions | undefined,
    tally: ActivityTally | undefined,
    ipAddress: string | undefined,
  ): Verdict {
    // `true` and nothing like it: a route must say in so many words that it can do without a person.
    if (verified.isOfService && options?.serviceAccounts !== true) return NO_PERSON;
    // While nothing has been added to the list, what was not on it still is not.
    if (verified.clearOf !== this.replica.version) {
      const revocation = findRevocation(this.replica, verified.verdict.claims, verified.kid);
      if (revocation) return revocation;
      verified.clearOf = this.replica.version;
    }
    const stale = this.staleness(options);
    if (stale) return stale;
    if (tally) tally.note(verified, ipAddress);
    return verified.verdict;
  }

  /** Asked last: a token known to be revoked is refused as such, however old the list is. */
  private staleness(options: CheckOptions | undefined): Verdict | undefined {
    if (!this.parts.feed) return undefined;
    if (!this.ledger.isComplete) return NOT_SYNCED;
    const freshness = options?.freshness ?? this.parts.freshness;
    if (freshness === 'open') return undefined;
    // Said this way round, a policy that makes no sense opens nothing.
    return this.ledger.ageMs() <= maxFeedAgeMs(freshness) ? undefined : TOO_STALE;
  }

  /** @param hitsBefore - cache hits when the token was judged: one more now means it was warm */
  private count(verdict: Verdict, observation: Observation | undefined, hitsBefore: number): Verdict {
    this.counters.decisions[verdict.ok ? 'OK' : verdict.reason] += 1;
    observation?.end(verdict, {
      warm: this.counters.cacheHits > hitsBefore,
      feedAgeSeconds: this.feedHealth().ageSeconds ?? undefined,
      replicaEntries: this.replica.entries,
    });
    return verdict;
  }

  private apply(entry: RevocationEntry, writtenAtMs: number | undefined): void {
    // Into the list first: whoever is told of it must already be refused.
    const merged = this.replica.merge(entry);
    if (merged === 'unknown-scope') this.counters.entriesNotUnderstood += 1;
    if (merged !== 'added') return;
    this.counters.entriesApplied += 1;
    if (writtenAtMs !== undefined) this.counters.lagSeconds.observe((this.parts.time.nowMs() - writtenAtMs) / 1000);
    this.subscribers.tell(entry);
  }

  private feedHealth(): FeedHealth {
    const entries = this.replica.entries;
    if (!this.parts.feed) return { state: 'off', ageSeconds: null, epoch: null, position: null, entries };
    const ageMs = this.ledger.ageMs();
    const fresh = ageMs <= FRESH_SECONDS * 1000;
    return {
      state: !this.ledger.isComplete ? 'starting' : fresh ? 'fresh' : 'stale',
      ageSeconds: Number.isFinite(ageMs) ? ageMs / 1000 : null,
      epoch: this.ledger.epoch ?? null,
      position: this.ledger.epoch === undefined ? null : this.ledger.position,
      entries,
    };
  }

  private get isReady(): boolean {
    return this.keys.current !== undefined && (!this.parts.feed || this.ledger.isComplete);
  }

  /** How long a revocation can concern a token that would be accepted. Where the issuer did not say, any log will do. */
  private mattersForMs(): number {
    const keys = this.keys.current;
    if (!keys) return Number.POSITIVE_INFINITY;
    const { maxTokenSeconds, statedTokenSeconds } = keys;
    if (statedTokenSeconds === undefined) return 0;
    return (Math.min(maxTokenSeconds, statedTokenSeconds) + this.parts.clockToleranceSeconds) * 1000;
  }

  private tick(): void {
    const nowMs = this.parts.time.nowMs();
    // What is over by our clock alone may matter again when that is set back; nobody sets the log's with it.
    this.replica.sweep(Math.min(nowMs, positionMs(this.ledger.position)));
    this.subscribers.tick();
    this.tally?.tick(nowMs);
  }

  private announceIfReady(): void {
    if (this.isReady) for (const settle of [...this.waiting]) settle();
  }

  private async shutDown(): Promise<void> {
    clearInterval(this.ticking);
    this.subscribers.clear();
    for (const settle of [...this.waiting]) settle();
    // In this order: the last reports may go over the connection that keys and feed share.
    try {
      await this.parts.activity?.close();
      if (this.started) await this.parts.feed?.close();
    } finally {
      await this.keys.close();
    }
  }
}
