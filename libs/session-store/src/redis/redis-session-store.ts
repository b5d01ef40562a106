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
import { SessionStore, type RefreshMove, type RefreshOutcome } from '../session-store.port.js';
import { LIVE_KEY, ownerKey, userKeys } from './keys.js';
import { sessionFrom, type SessionFacts } from './replies.js';
import { amendSessions } from './scripts/amend-sessions.script.js';
import { endSessions } from './scripts/end-sessions.script.js';
import { listSessions } from './scripts/list-sessions.script.js';
import { openSession } from './scripts/open-session.script.js';
import { recordActivity } from './scripts/record-activity.script.js';
import { rotateRefreshToken } from './scripts/rotate-refresh-token.script.js';

/** Live sessions in Redis: standalone, behind Sentinel, or a cluster. One script per move. */
export class RedisSessionStore extends SessionStore {
  constructor(private readonly redis: RedisConnection) {
    super();
  }

  async open(session: NewSession, maxSessions: number): Promise<{ session: Session; evicted: EndedSession[] }> {
    // Before the session, so that a refresh token handed out can always be traced to its user.
    await orStoreUnavailable(() =>
      this.redis.set(ownerKey(session.id), session.userId, 'PX', session.absoluteTtlMs + 3_600_000),
    );
    const { hash, evicted } = await openSession.run(this.redis, this.keys(session.userId), {
      prefix: userKeys(session.userId).prefix,
      sid: session.id,
      facts: JSON.stringify(factsOf(session)),
      refreshTokenHash: session.refreshTokenHash,
      idleTtlMs: session.idleTtlMs,
      absoluteTtlMs: session.absoluteTtlMs,
      maxSessions,
      ipAddress: session.ipAddress,
    });
    const opened = sessionFrom(hash);
    this.noteLive(opened, evicted);
    return {
      session: opened,
      evicted: evicted.map((sessionId) => ({ userId: session.userId, sessionId, cause: 'evicted_limit' })),
    };
  }

  async ownerOf(sessionId: string): Promise<number | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const owner = await orStoreUnavailable(() => this.redis.get(ownerKey(sessionId)));
    return owner === null ? undefined : Number(owner);
  }

  async find(userId: number, sessionId: string): Promise<Session | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const [hash] = await listSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: sessionId,
    });
    return hash && sessionFrom(hash);
  }

  async list(userId: number): Promise<Session[]> {
    const hashes = await listSessions.run(this.redis, this.keys(userId), { ...this.prefix(userId), onlySid: '' });
    return hashes.map(sessionFrom);
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
    });
    switch (kind) {
      case 'rotated': {
        const session = sessionFrom(hash);
        this.noteLive(session, []);
        return { kind, session };
      }
      case 'replayed':
        return { kind, session: sessionFrom(hash), sealedSuccessor: sealed };
      case 'reused':
      case 'gone':
      case 'foreign':
        return { kind };
      default:
        throw new Error('Redis answered a rotation with a word nobody taught it');
    }
  }

  async recordActivity(batch: readonly SessionActivity[]): Promise<void> {
    await Promise.all(
      batch
        .filter(({ sessionId }) => SESSION_ID_PATTERN.test(sessionId))
        .map((activity) =>
          recordActivity.run(this.redis, this.keys(activity.userId), {
            ...this.prefix(activity.userId),
            sid: activity.sessionId,
            requests: activity.requests,
            lastRequestAtMs: activity.lastRequestAtMs,
            ipAddresses: JSON.stringify(activity.ipAddresses),
            maxAddresses: MAX_TRACKED_ADDRESSES,
          }),
        ),
    );
  }

  async amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return undefined;
    const { absoluteExpiresAtMs, ...facts } = change;
    if (absoluteExpiresAtMs !== undefined) {
      // Before the session, so that its refresh token can be traced to its user as long as it lives.
      await orStoreUnavailable(() => this.redis.pexpireat(ownerKey(sessionId), absoluteExpiresAtMs + 3_600_000, 'GT'));
    }
    const [hash] = await amendSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: sessionId,
      changes: changesOf(facts),
      absoluteExpiresAtMs: absoluteExpiresAtMs ?? '',
      belowGeneration: '',
    });
    return hash && sessionFrom(hash);
  }

  async changeRights(userId: number, { roles, scope, generation }: SessionRights): Promise<void> {
    await amendSessions.run(this.redis, this.keys(userId), {
      ...this.prefix(userId),
      onlySid: '',
      changes: changesOf({ roles, scope, generation }),
      absoluteExpiresAtMs: '',
      belowGeneration: generation,
    });
  }

  async end(userId: number, sessionId: string): Promise<boolean> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return false;
    const ended = await this.endMatching(userId, { onlySid: sessionId, keepSid: '' });
    return ended.length > 0;
  }

  async endOthers(userId: number, keepSessionId: string | undefined): Promise<string[]> {
    return this.endMatching(userId, { onlySid: '', keepSid: keepSessionId ?? '' });
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

  private async endMatching(userId: number, which: { onlySid: string; keepSid: string }): Promise<string[]> {
    const ended = await endSessions.run(this.redis, this.keys(userId), { ...this.prefix(userId), ...which });
    this.noteLive(undefined, ended);
    return ended;
  }

  /** Keeps the gauge's set. Not part of the move: a gauge may be wrong for a moment, a move may not fail for its sake. */
  private noteLive(session: Session | undefined, gone: readonly string[]): void {
    const pipeline: Promise<unknown>[] = [];
    if (session) pipeline.push(this.redis.zadd(LIVE_KEY, session.idleExpiresAtMs, session.id));
    if (gone.length > 0) pipeline.push(this.redis.zrem(LIVE_KEY, ...gone));
    for (const command of pipeline) command.catch(() => undefined);
  }

  private keys(userId: number) {
    const { index, ended } = userKeys(userId);
    return { index, ended };
  }

  private prefix(userId: number) {
    return { prefix: userKeys(userId).prefix };
  }
}

/** As the script stores them: names and JSON texts in turn. What is not said stays. */
function changesOf(facts: Partial<SessionFacts>): string {
  const told = Object.entries(facts).filter(([, value]) => value !== undefined);
  return JSON.stringify(told.flatMap(([name, value]) => [name, JSON.stringify(value)]));
}

/** Field by field, so that nothing that should not be stored ever is. */
function factsOf(session: NewSession): SessionFacts {
  return {
    id: session.id,
    userId: session.userId,
    email: session.email,
    roles: session.roles,
    scope: session.scope,
    generation: session.generation,
    clientId: session.clientId,
    authMethods: session.authMethods,
    acr: session.acr,
    authenticatedAtMs: session.authenticatedAtMs,
    ipAddress: session.ipAddress,
    userAgent: session.userAgent,
    deviceName: session.deviceName,
    deviceId: session.deviceId,
    actorId: session.actorId,
    rememberMe: session.rememberMe,
  };
}
