import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { randomHex } from '@gatehouse/kernel';
import {
  MAX_TRACKED_ADDRESSES,
  type EndCause,
  type EndedSession,
  type NewSession,
  type Session,
  type SessionActivity,
  type SessionChange,
  type SessionRights,
} from '../session.js';
import { type KnownSessions, RestorableSessionStore } from '../ledger/restorable-session-store.js';
import { asSession, type SessionRecord, type SessionWitness, UserUnrestored } from '../ledger/session-record.js';
import type { OpenOutcome, RefreshMove, RefreshOutcome } from '../session-store.port.js';
import { LIVE_KEY, OWNER_KEEP_MS, ownerKey, scriptKeys, userKeys } from './keys.js';
import { changesText, factsText, trustedRecord } from './replies.js';
import { lossPossibleAtMs, restoreUser } from './restore-user.js';
import { amendSessions } from './scripts/amend-sessions.script.js';
import { endSessions } from './scripts/end-sessions.script.js';
import { listSessions } from './scripts/list-sessions.script.js';
import { openSession } from './scripts/open-session.script.js';
import { recordActivity } from './scripts/record-activity.script.js';
import { rotateRefreshToken } from './scripts/rotate-refresh-token.script.js';
import type { SessionSeals } from './session-seals.js';

/** Live sessions in Redis: standalone, behind Sentinel, or a cluster. One script per move. */
export class RedisSessionStore extends RestorableSessionStore {
  /**
   * @param witness - is told of every change; for a ledger
   * @param since - see {@link RestorableSessionStore.restoredSince}; `undefined` where there is no ledger
   * @param seals - a session that does not bear them counts as lost; `undefined` believes whatever stands in Redis
   */
  constructor(
    private readonly redis: RedisConnection,
    private readonly witness?: SessionWitness,
    private readonly since?: number,
    private readonly seals?: SessionSeals,
  ) {
    super();
  }

  override restoredSince(atMs: number): RedisSessionStore {
    return new RedisSessionStore(this.redis, this.witness, atMs, this.seals);
  }

  override async restore(userId: number, known: KnownSessions): Promise<string[]> {
    const { changed, news } = await restoreUser(this.redis, userId, known, this.seals);
    for (const record of news) this.witness?.changed(record);
    for (const record of known.open) if (changed.includes(record.id)) this.noteLive(record, []);
    return changed;
  }

  override lossPossibleAtMs(afterOutage: boolean): Promise<number> {
    return lossPossibleAtMs(this.redis, afterOutage);
  }

  async open(session: NewSession, maxSessions: number): Promise<{ session: Session; evicted: EndedSession[] }> {
    const reply = await this.runOpen(session, maxSessions, { displace: 1, endSid: '' });
    if (reply.kind === 'full') throw new Error('Redis refused to displace a session');
    const { session: opened, ended: evicted } = this.noteOpened(session.userId, reply, 'evicted_limit');
    return { session: opened, evicted };
  }

  async openWithin(session: NewSession, maxSessions: number, endSessionId = ''): Promise<OpenOutcome> {
    const reply = await this.runOpen(session, maxSessions, { displace: 0, endSid: endSessionId });
    if (reply.kind === 'opened') return { kind: 'opened', ...this.noteOpened(session.userId, reply, 'user_revoked') };
    // Left behind it would only take room: nobody has a token that leads to it.
    this.redis.del(ownerKey(session.id)).catch(() => undefined);
    return { kind: 'full', live: reply.hashes.map((hash) => asSession(this.read(session.userId, hash))) };
  }

  private async runOpen(session: NewSession, maxSessions: number, how: { displace: 0 | 1; endSid: string }) {
    // Before the session, so that a refresh token handed out can always be traced to its user.
    await orStoreUnavailable(() =>
      this.redis.set(ownerKey(session.id), session.userId, 'PX', session.absoluteTtlMs + OWNER_KEEP_MS),
    );
    return openSession.run(this.redis, this.keys(session.userId), {
      ...this.prefix(session.userId),
      sid: session.id,
      facts: factsText(session, this.seals),
      refreshTokenHash: session.refreshTokenHash,
      idleTtlMs: session.idleTtlMs,
      absoluteTtlMs: session.absoluteTtlMs,
      maxSessions,
      ipAddress: session.ipAddress,
      ...how,
    });
  }

  private noteOpened(
    userId: number,
    { hash, ended }: { hash: readonly string[]; ended: readonly string[] },
    cause: EndCause,
  ): { session: Session; ended: EndedSession[] } {
    const opened = this.read(userId, hash);
    this.noteLive(opened, ended);
    this.witness?.changed(opened);
    for (const sessionId of ended) this.noteEnded(userId, sessionId, cause);
    return { session: asSession(opened), ended: ended.map((sessionId) => ({ userId, sessionId, cause })) };
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
    return hash && this.read(userId, hash);
  }

  async list(userId: number): Promise<Session[]> {
    const hashes = await listSessions.run(this.redis, this.keys(userId), { ...this.prefix(userId), onlySid: '' });
    return hashes.map((hash) => asSession(this.read(userId, hash)));
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
      attempt: move.attempt?.printHash ?? '',
      attemptKeptMs: move.attempt?.keptMs ?? 0,
    });
    switch (kind) {
      case 'rotated': {
        const record = this.read(move.userId, hash);
        this.noteLive(record, []);
        this.witness?.changed(record);
        return { kind, session: asSession(record) };
      }
      case 'replayed':
        return { kind, session: asSession(this.read(move.userId, hash)), sealedSuccessor: sealed };
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
    if (hash.length > 0) this.witness?.changed(this.read(activity.userId, hash));
  }

  async amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const { absoluteExpiresAtMs, endsByMs, idleAtMostMs, ...facts } = change;
    if (absoluteExpiresAtMs !== undefined) {
      // Before the session, so that its refresh token can be traced to its user as long as it lives.
      await orStoreUnavailable(() =>
        this.redis.pexpireat(ownerKey(sessionId), absoluteExpiresAtMs + OWNER_KEEP_MS, 'GT'),
      );
    }
    const { hashes, over } = await amendSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: sessionId,
      changes: changesText({ id: sessionId, userId }, facts, this.seals),
      absoluteExpiresAtMs: absoluteExpiresAtMs ?? '',
      belowGeneration: '',
      endsByMs: endsByMs ?? '',
      idleAtMostMs: idleAtMostMs ?? '',
    });
    for (const [endedId = '', reason] of over) this.noteEnded(userId, endedId, reason);
    return this.noteChanged(userId, hashes)[0];
  }

  async changeRights(userId: number, { roles, scope, generation }: SessionRights): Promise<void> {
    const { hashes } = await amendSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: '',
      changes: changesText({ userId }, { roles, scope, generation }, this.seals),
      absoluteExpiresAtMs: '',
      belowGeneration: generation,
      endsByMs: '',
      idleAtMostMs: '',
    });
    this.noteChanged(userId, hashes);
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
      cause: cause === 'reuse_detected' || cause === 'user_revoked' ? cause : 'evicted_limit',
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

  private noteChanged(userId: number, hashes: readonly string[][]): Session[] {
    const records: SessionRecord[] = hashes.map((hash) => this.read(userId, hash));
    for (const record of records) this.witness?.changed(record);
    return records.map(asSession);
  }

  /** @throws {UserUnrestored} for a session that is not as we wrote it. */
  private read(userId: number, hash: readonly string[]): SessionRecord {
    const record = trustedRecord(userId, hash, this.seals);
    if (!record) throw new UserUnrestored();
    return record;
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
