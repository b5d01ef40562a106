import { KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import { SystemClock } from '@gatehouse/kernel';
import { connectRedis, connectRedisSubscriber, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { FeedRelay, RevocationWriter, type OutboxRow, type RevocationOutbox } from '@gatehouse/revocation-log';
import { MemoryRevocationOutbox } from '@gatehouse/revocation-log/memory';
import { RedisFeedLog } from '@gatehouse/revocation-log/redis';
import { RedisSessionStore } from '@gatehouse/session-store/redis';
import { createTestIssuer, type TestIssuer } from '@gatehouse/session-validator/testing';
import { once } from 'node:events';

const KEEP_MS = (900 + 120) * 1000;

/** What the auth service does to Redis: a key bundle, a heartbeat each second, and revocations. */
export class FeedWriter {
  readonly sessions: RedisSessionStore;
  readonly log: RedisFeedLog;
  private readonly relay: FeedRelay;
  private readonly writer: RevocationWriter;

  private constructor(
    readonly issuer: TestIssuer,
    private readonly redis: RedisConnection,
    private readonly subscriber: RedisConnection,
    outbox: RevocationOutbox,
  ) {
    this.log = new RedisFeedLog(redis, subscriber);
    this.sessions = new RedisSessionStore(redis);
    const beforeBeat = async () => void (await redis.set(KEY_BUNDLE_KEY, issuer.keyBundle()));
    this.relay = new FeedRelay(outbox, this.log, new SystemClock(), { keepMs: KEEP_MS, intervalMs: 250, beforeBeat });
    this.writer = new RevocationWriter(outbox, this.log, KEEP_MS, this.relay);
  }

  static async begin(
    redisUrl: string,
    outbox: RevocationOutbox = new MemoryRevocationOutbox(),
    issuer = createTestIssuer(),
  ): Promise<FeedWriter> {
    const { settings } = parseRedisSettings({ REDIS_URL: redisUrl });
    if (!settings) throw new Error('no Redis address');
    const redis = connectRedis(settings, { name: 'test-writer' });
    const subscriber = connectRedisSubscriber(settings, { name: 'test-writer-feed' });
    await Promise.all([once(redis, 'ready'), once(subscriber, 'ready')]);
    const writer = new FeedWriter(issuer, redis, subscriber, outbox);
    await writer.relay.runOnce();
    writer.relay.start();
    return writer;
  }

  async revoke(entry: Partial<OutboxRow['entry']> & Pick<OutboxRow['entry'], 'scope' | 'value'>): Promise<void> {
    const full = { id: 'by-auth', cutoff: 0, untilMs: Date.now() + KEEP_MS, reason: 'user_signout', ...entry } as const;
    await this.writer.revoke([{ entry: full, userId: null }]);
  }

  /** Stops the heartbeat, as when every auth service is gone. */
  stopBeating(): Promise<void> {
    return this.relay.stop();
  }

  async close(): Promise<void> {
    await this.relay.stop();
    this.redis.disconnect();
    this.subscriber.disconnect();
  }
}
