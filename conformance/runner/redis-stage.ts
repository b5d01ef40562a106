import { FEED_NOTICE_CHANNEL, FEED_STREAM_KEY, KEY_BUNDLE_CHANNEL, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import type { SessionValidator } from '@gatehouse/session-validator';
import { eventually } from '@gatehouse/testing';
import type { Redis } from 'ioredis';
import { createPrivateKey, sign, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Stage } from './run-transcript.js';
import type { StoredRecord } from './vectors.js';

/** Redis user of the validator under test; what it may do is how a transcript cuts it off. */
export const READER = { name: 'reader', password: 'transcripts' };

/** Commands that read the log. */
const READING = ['xrange', 'xrevrange', 'xread'];

/** A log in a real Redis, followed over real connections. */
export class RedisStage implements Stage {
  private readonly ids: string[] = [];
  private readonly rootKey: KeyObject;
  private readonly claims: Readonly<Record<string, unknown>>;
  private version = 0;
  private validator: SessionValidator | undefined;

  /**
   * @param create - makes a validator that reads from this Redis as {@link READER}
   * @param rootJwk - private root key of the vectors
   * @param bundle - the bundle in force
   */
  constructor(
    private readonly redis: Redis,
    private readonly create: () => SessionValidator,
    rootJwk: JsonWebKey,
    private readonly bundle: string,
  ) {
    this.rootKey = createPrivateKey({ key: rootJwk, format: 'jwk' });
    const [, payload = ''] = bundle.split('.');
    this.claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    this.version = Number(this.claims['ver']);
  }

  /** Empties the Redis and lets the reader in. */
  async open(): Promise<void> {
    await this.redis.flushall();
    await this.redis.call('ACL', 'SETUSER', READER.name, 'reset', 'on', `>${READER.password}`, '~*', '&*', '+@all');
  }

  async start(show: (validator: SessionValidator) => void): Promise<void> {
    this.validator = this.create();
    show(this.validator);
    await eventually(async () => expect(await this.redis.publish(KEY_BUNDLE_CHANNEL, '')).toBe(1), { everyMs: 2 });
    await this.settle();
  }

  async append(records: readonly StoredRecord[]): Promise<void> {
    for (const { id, fields } of records) {
      await this.redis.xadd(FEED_STREAM_KEY, id, ...Object.entries(fields).flat());
      this.ids.push(id);
    }
  }

  async notice(text: string): Promise<void> {
    await this.redis.publish(FEED_NOTICE_CHANNEL, text);
    await this.settle();
  }

  async read(): Promise<void> {
    await this.notice('anything that cannot be read makes the validator read the log');
  }

  async trim(keep: number): Promise<void> {
    this.ids.splice(0, this.ids.length - keep);
    // A log that is gone altogether may begin again with lower ids.
    if (keep === 0) await this.redis.del(FEED_STREAM_KEY);
    else await this.redis.xtrim(FEED_STREAM_KEY, 'MAXLEN', keep);
  }

  async rollBack(count: number): Promise<void> {
    await this.redis.xdel(FEED_STREAM_KEY, ...this.ids.splice(-count));
  }

  async cut(): Promise<void> {
    await this.redis.call('ACL', 'SETUSER', READER.name, ...READING.map((command) => `-${command}`));
  }

  async heal(): Promise<void> {
    await this.redis.call('ACL', 'SETUSER', READER.name, ...READING.map((command) => `+${command}`));
    await this.read();
  }

  /**
   * Resolves when the validator has heard everything published before and read the log if that made it. Announcements
   * arrive in order and so do answers: a newer key bundle, announced and read on the same connections, comes last. A
   * reading may ask several times; hence several rounds.
   */
  private async settle(): Promise<void> {
    const { validator } = this;
    if (!validator) return;
    for (let round = 0; round < 4; round++) {
      const version = ++this.version;
      await this.redis.set(KEY_BUNDLE_KEY, this.bundleOf(version));
      await this.redis.publish(KEY_BUNDLE_CHANNEL, String(version));
      await eventually(() => expect(validator.health().keys.version).toBe(version), { everyMs: 1 });
    }
  }

  private bundleOf(version: number): string {
    const [header = ''] = this.bundle.split('.');
    const payload = Buffer.from(JSON.stringify({ ...this.claims, ver: version })).toString('base64url');
    const signature = sign('sha256', Buffer.from(`${header}.${payload}`), {
      key: this.rootKey,
      dsaEncoding: 'ieee-p1363',
    });
    return `${header}.${payload}.${signature.toString('base64url')}`;
  }
}
