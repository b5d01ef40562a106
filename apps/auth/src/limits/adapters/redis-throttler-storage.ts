import { createHash } from 'node:crypto';
import type { RedisConnection } from '@gatehouse/redis';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { slidingWindow } from './sliding-window.script.js';
import { throttlerRecord, type ThrottlerRecord } from './throttler-record.js';

/** Limits that hold over all instances. Key names are hashes: what is limited by may be an e-mail address. */
export class RedisThrottlerStorage implements ThrottlerStorage {
  constructor(private readonly redis: RedisConnection) {}

  /**
   * @param ttlMs - the window
   * @throws {SessionStoreUnavailable} when Redis does not answer in time.
   */
  async increment(key: string, ttlMs: number, limit: number): Promise<ThrottlerRecord> {
    const window = `limit:${createHash('sha256').update(key).digest('base64url')}`;
    return throttlerRecord(await slidingWindow.run(this.redis, { window }, { windowMs: ttlMs, limit }));
  }
}
