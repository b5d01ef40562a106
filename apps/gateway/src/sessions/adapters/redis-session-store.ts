import { checkReadWrite, orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import type { SessionRecord } from '../gateway-session.js';
import {
  GONE_FOR_MS,
  SessionStore,
  type LeaseName,
  type SessionCount,
  type StoredSession,
} from '../session-store.port.js';
import { createSession } from './create-session.script.js';
import { ownLease } from './own-lease.script.js';
import { removeSession } from './remove-session.script.js';
import { replaceTokens } from './replace-tokens.script.js';
import { liveKey, sessionKeys } from './session-keys.js';
import { touchSession } from './touch-session.script.js';

/** Sessions all gateways share: standalone Redis, behind Sentinels, or a cluster. One command or script per move. */
export class RedisSessionStore extends SessionStore {
  /** @param prefix - what every key begins with, where several applications share a server */
  constructor(
    private readonly redis: RedisConnection,
    private readonly idleMs: number,
    private readonly prefix = 'gateway',
  ) {
    super();
  }

  async find(sid: string): Promise<StoredSession | undefined> {
    // One hash: record and tokens are of one moment, or the generation the seal is bound to would not fit.
    return readSession(sid, await orStoreUnavailable(() => this.redis.hgetall(this.keys(sid).session)));
  }

  async create({ record, sealedTokens }: StoredSession): Promise<boolean> {
    const { sid, expiresAtMs, ...facts } = record;
    const fields = Object.entries({ ...facts, expiresAtMs, tokens: sealedTokens }).flatMap(([name, value]) => [
      name,
      String(value),
    ]);
    const created = await createSession.run(this.redis, this.keys(sid), {
      idleMs: this.idleMs,
      expiresAtMs,
      fields: JSON.stringify(fields),
    });
    if (created) this.noteLive(sid, Math.min(Date.now() + this.idleMs, expiresAtMs));
    return created;
  }

  replaceTokens(sid: string, generation: number, sealedTokens: string): Promise<boolean> {
    return replaceTokens.run(this.redis, this.keys(sid), { generation, tokens: sealedTokens });
  }

  async touch(sid: string, lastSeenAtMs: number): Promise<boolean> {
    const touched = await touchSession.run(this.redis, this.keys(sid), { idleMs: this.idleMs, lastSeenAtMs });
    if (touched) this.noteLive(sid, Date.now() + this.idleMs);
    return touched;
  }

  async remove(sid: string): Promise<boolean> {
    const removed = await removeSession.run(this.redis, this.keys(sid), { goneForMs: GONE_FOR_MS });
    this.redis.zrem(liveKey(this.prefix), sid).catch(() => undefined);
    return removed;
  }

  async acquireLease(sid: string, name: LeaseName, owner: string, forMs: number): Promise<boolean> {
    return orStoreUnavailable(
      async () => (await this.redis.set(this.lease(sid, name), owner, 'PX', forMs, 'NX')) === 'OK',
    );
  }

  renewLease(sid: string, name: LeaseName, owner: string, forMs: number): Promise<boolean> {
    return ownLease.run(this.redis, { lease: this.lease(sid, name) }, { owner, forMs });
  }

  async releaseLease(sid: string, name: LeaseName, owner: string): Promise<void> {
    await ownLease.run(this.redis, { lease: this.lease(sid, name) }, { owner, forMs: 0 });
  }

  async count(): Promise<SessionCount> {
    return orStoreUnavailable(async () => {
      const key = liveKey(this.prefix);
      const newlyExpired = await this.redis.zremrangebyscore(key, '-inf', Date.now());
      return { live: await this.redis.zcard(key), newlyExpired };
    });
  }

  checkReadWrite(): Promise<void> {
    return checkReadWrite(this.redis, `${this.prefix}:ready-check`);
  }

  private keys(sid: string) {
    return sessionKeys(this.prefix, sid);
  }

  private lease(sid: string, name: LeaseName): string {
    const keys = this.keys(sid);
    return name === 'refresh' ? keys.refreshLease : keys.providerLease;
  }

  /** Keeps the gauge's set. Not part of the move: a gauge may be wrong for a moment, a move may not fail for its sake. */
  private noteLive(sid: string, endsAtMs: number): void {
    this.redis.zadd(liveKey(this.prefix), endsAtMs, sid).catch(() => undefined);
  }
}

/** @returns `undefined` for what is no session as we write it. */
function readSession(sid: string, hash: Readonly<Record<string, string>>): StoredSession | undefined {
  const { userId, secretHash, provider, tokens } = hash;
  if (userId === undefined || secretHash === undefined || provider === undefined || tokens === undefined)
    return undefined;
  const record: SessionRecord = {
    sid,
    userId,
    secretHash,
    provider,
    createdAtMs: Number(hash['createdAtMs']),
    lastSeenAtMs: Number(hash['lastSeenAtMs']),
    expiresAtMs: Number(hash['expiresAtMs']),
    generation: Number(hash['generation']),
  };
  const times = [record.createdAtMs, record.lastSeenAtMs, record.expiresAtMs, record.generation];
  return times.every(Number.isFinite) ? { record, sealedTokens: tokens } : undefined;
}
