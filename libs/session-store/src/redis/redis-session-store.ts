import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { randomHex } from '@gatehouse/kernel';
import {
  MAX_TRACKED_ADDRESSES,
  type EndedSession,
  type NewSession,
  type Session,
  type SessionActivity,
  type SessionChange,
  type SessionRights,
} from '../session.js';
import { type KnownSessions, RestorableSessionStore } from '../ledger/restorable-session-store.js';
import { asSession, type SessionRecord, type SessionWitness } from '../ledger/session-record.js';
import type { RefreshMove, RefreshOutcome } from '../session-store.port.js';
import { LIVE_KEY, OWNER_KEEP_MS, ownerKey, scriptKeys, userKeys } from './keys.js';
import { factsOf, recordFrom, type SessionFacts } from './replies.js';
import { lossPossibleAtMs, restoreUser } from './restore-user.js';
import { amendSessions } from './scripts/amend-sessions.script.js';
import { endSessions } from './scripts/end-sessions.script.js';
import { listSessions } from './scripts/list-sessions.script.js';
import { openSession } from './scripts/open-session.script.js';
import { recordActivity } from './scripts/record-activity.script.js';
import { rotateRefreshToken } from './scripts/rotate-refresh-token.script.js';

/** Live sessions in Redis: standalone, behind Sentinel, or a cluster. One script per move. */
export class RedisSessionStore extends RestorableSessionStore {
  /**
   * @param witness - is told of every change; for a ledger
   * @param since - see {@link RestorableSessionStore.restoredSince}; `undefined` where there is no ledger
   */
  constructor(
    private readonly redis: RedisConnection,
    private readonly witness?: SessionWitness,
    private readonly since?: number,
  ) {
    super();
  }

  override restoredSince(atMs: number): RedisSessionStore {
    return new RedisSessionStore(this.redis, this.witness, atMs);
  }

  override async restore(userId: number, known: KnownSessions): Promise<string[]> {
    const { changed, news } = await restoreUser(this.redis, userId, known);
    for (const record of news) this.witness?.changed(record);
    for (const record of known.open) if (changed.includes(record.id)) this.noteLive(record, []);
    return changed;
  }

  override lossPossibleAtMs(afterOutage: boolean): Promise<number> {
    return lossPossibleAtMs(this.redis, afterOutage);
  }

  async open(session: NewSession, maxSessions: number): Promise<{ session: Session; evicted: EndedSession[] }> {
    // Before the session, so that a refresh token handed out can always be traced to its user.
    await orStoreUnavailable(() =>
      this.redis.set(ownerKey(session.id), session.userId, 'PX', session.absoluteTtlMs + OWNER_KEEP_MS),
    );
    const { hash, evicted } = await openSession.run(this.redis, this.keys(session.userId), {
      ...this.prefix(session.userId),
      sid: session.id,
      facts: JSON.stringify(factsOf(session)),
      refreshTokenHash: session.refreshTokenHash,
      idleTtlMs: session.idleTtlMs,
      absoluteTtlMs: session.absoluteTtlMs,
      maxSessions,
      ipAddress: session.ipAddress,
    });
    const opened = recordFrom(hash);
    this.noteLive(opened, evicted);
    this.witness?.changed(opened);
    for (const sessionId of evicted) this.noteEnded(session.userId, sessionId, 'evicted_limit');
    return {
      session: asSession(opened),
      evicted: evicted.map((sessionId) => ({ userId: session.userId, sessionId, cause: 'evicted_limit' })),
    };
  }

  async ownerOf(sessionId: string): Promise<number | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const owner = await orStoreUnavailable(() => this.redis.get(ownerKey(sessionId)));
    return owner === null ? undefined : Number(owner);
  }

  async find(userId: number, sessionId: string): Promise<Session | undefined> {
    const record = await this.recordOf(userId, sessionId);
    return record && asSession(record);
  }

  async findByRefreshToken(userId: number, sessionId: string, tokenHash: string): Promise<Session | undefined> {
    const record = await this.recordOf(userId, sessionId);
    return record?.refreshTokenHash === tokenHash ? asSession(record) : undefined;
  }

  private async recordOf(userId: number, sessionId: string): Promise<SessionRecord | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const [hash] = await listSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: sessionId,
    });
    return hash && recordFrom(hash);
  }

  async list(userId: number): Promise<Session[]> {
    const hashes = await listSessions.run(this.redis, this.keys(userId), { ...this.prefix(userId), onlySid: '' });
    return hashes.map((hash) => asSession(recordFrom(hash)));
  }

  async rotate(move: RefreshMove): Promise<RefreshOutcome> {
    if (!SESSION_ID_PATTERN.test(move.sessionId)) return { kind: 'gone' };
    const { kind, hash, sealed } = await rotateRefreshToken.run(this.redis, this.keys(move.userId), {
      ...this.prefix(move.userId),
      sid: move.sessionId,
      presentedHash: move.presentedHash,
      successorHash: move.successorHash,
      sealedSuccessor: move.sealedSuccessor,
      graceMs: move.graceMs,
      genuine: move.genuine ? 1 : 0,
      rotation: move.rotation ?? '',
      successorRotation: move.successorRotation ?? '',
      tellAhead: move.tellAhead ? 1 : 0,
    });
    switch (kind) {
      case 'rotated': {
        const record = recordFrom(hash);
        this.noteLive(record, []);
        this.witness?.changed(record);
        return { kind, session: asSession(record) };
      }
      case 'replayed':
        return { kind, session: asSession(recordFrom(hash)), sealedSuccessor: sealed };
      case 'reused':
        this.noteEnded(move.userId, move.sessionId, 'reuse_detected');
        return { kind };
      case 'gone':
      case 'foreign':
      case 'ahead':
        return { kind };
      default:
        throw new Error('Redis answered a rotation with a word nobody taught it');
    }
  }

  async recordActivity(batch: readonly SessionActivity[]): Promise<void> {
    await Promise.all(
      batch.filter(({ sessionId }) => SESSION_ID_PATTERN.test(sessionId)).map((activity) => this.recordOne(activity)),
    );
  }

  private async recordOne(activity: SessionActivity): Promise<void> {
    const hash = await recordActivity.run(this.redis, this.keys(activity.userId), {
      ...this.prefix(activity.userId),
      sid: activity.sessionId,
      requests: activity.requests,
      lastRequestAtMs: activity.lastRequestAtMs,
      ipAddresses: JSON.stringify(activity.ipAddresses),
      maxAddresses: MAX_TRACKED_ADDRESSES,
    });
    if (hash.length > 0) this.witness?.changed(recordFrom(hash));
  }

  async amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const { absoluteExpiresAtMs, ...facts } = change;
    if (absoluteExpiresAtMs !== undefined) {
      // Before the session, so that its refresh token can be traced to its user as long as it lives.
      await orStoreUnavailable(() =>
        this.redis.pexpireat(ownerKey(sessionId), absoluteExpiresAtMs + OWNER_KEEP_MS, 'GT'),
      );
    }
    const { hashes, over } = await amendSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: sessionId,
      changes: changesOf(facts),
      absoluteExpiresAtMs: absoluteExpiresAtMs ?? '',
      belowGeneration: '',
    });
    for (const endedId of over) this.noteEnded(userId, endedId, 'absolute_timeout');
    return this.noteChanged(hashes)[0];
  }

  async changeRights(userId: number, { roles, scope, generation }: SessionRights): Promise<void> {
    const { hashes } = await amendSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: '',
      changes: changesOf({ roles, scope, generation }),
      absoluteExpiresAtMs: '',
      belowGeneration: generation,
    });
    this.noteChanged(hashes);
  }

  async end(userId: number, sessionId: string, reason?: string): Promise<boolean> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return false;
    const ended = await this.endMatching(userId, { onlySid: sessionId, keepSid: '' }, reason);
    // Not here, and the ledger may have it all the same.
    if (ended.length === 0) this.noteEnded(userId, sessionId, reason);
    return ended.length > 0;
  }

  async endOthers(userId: number, keepSessionId: string | undefined, reason?: string): Promise<string[]> {
    return this.endMatching(userId, { onlySid: '', keepSid: keepSessionId ?? '' }, reason);
  }

  async unconfirmedEnds(userId: number): Promise<EndedSession[]> {
    const ended = await orStoreUnavailable(() => this.redis.hgetall(userKeys(userId).ended));
    return Object.entries(ended).map(([sessionId, cause]) => ({
      userId,
      sessionId,
      cause: cause === 'reuse_detected' ? cause : 'evicted_limit',
    }));
  }

  async confirmEnds(userId: number, sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    await orStoreUnavailable(() => this.redis.hdel(userKeys(userId).ended, ...sessionIds));
  }

  async countLive(): Promise<number> {
    return orStoreUnavailable(async () => {
      await this.redis.zremrangebyscore(LIVE_KEY, '-inf', Date.now());
      return this.redis.zcard(LIVE_KEY);
    });
  }

  async checkReadWrite(): Promise<void> {
    const written = randomHex(8);
    const key = `session:ready-check:${written}`;
    await orStoreUnavailable(async () => {
      await this.redis.set(key, written, 'PX', 5_000);
      const read = await this.redis.get(key);
      if (read !== written) throw new Error('Redis did not return what was written');
    });
  }

  private async endMatching(
    userId: number,
    which: { onlySid: string; keepSid: string },
    reason: string | undefined,
  ): Promise<string[]> {
    const ended = await endSessions.run(this.redis, this.keys(userId), { ...this.prefix(userId), ...which });
    this.noteLive(undefined, ended);
    for (const sessionId of ended) this.noteEnded(userId, sessionId, reason);
    return ended;
  }

  /** Keeps the gauge's set. Not part of the move: a gauge may be wrong for a moment, a move may not fail for its sake. */
  private noteLive(session: Session | undefined, gone: readonly string[]): void {
    const pipeline: Promise<unknown>[] = [];
    if (session) pipeline.push(this.redis.zadd(LIVE_KEY, session.idleExpiresAtMs, session.id));
    if (gone.length > 0) pipeline.push(this.redis.zrem(LIVE_KEY, ...gone));
    for (const command of pipeline) command.catch(() => undefined);
  }

  private noteChanged(hashes: readonly string[][]): Session[] {
    const records: SessionRecord[] = hashes.map(recordFrom);
    for (const record of records) this.witness?.changed(record);
    return records.map(asSession);
  }

  private noteEnded(userId: number, sessionId: string, reason = 'user_revoked'): void {
    this.witness?.ended({ userId, sessionId, reason });
  }

  private keys(userId: number) {
    return scriptKeys(userId);
  }

  private prefix(userId: number) {
    return { prefix: userKeys(userId).prefix, restoredSince: this.since ?? '' };
  }
}

/** As the script stores them: names and JSON texts in turn. What is not said stays. */
function changesOf(facts: Partial<SessionFacts>): string {
  const told = Object.entries(facts).filter(([, value]) => value !== undefined);
  return JSON.stringify(told.flatMap(([name, value]) => [name, JSON.stringify(value)]));
}
