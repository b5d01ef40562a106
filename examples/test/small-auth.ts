import { HEARTBEAT_INTERVAL_MS, revocationUntilMs } from '@gatehouse/contracts';
import { createTestIssuer, type TestIssuer } from '@gatehouse/session-validator/testing';
import { startRedis, type RedisServer } from '@gatehouse/testing';
import { randomUUID } from 'node:crypto';
import { RedisWriter } from '../../libs/session-validator/test/redis-writer.js';

/** What an auth service is to the services around it: keys and a log in Redis, and tokens. */
export class SmallAuth {
  readonly issuer: TestIssuer = createTestIssuer();
  private readonly writer: RedisWriter;
  private readonly beating: NodeJS.Timeout;
  /** Each record names the one before it, so two are never written at once. */
  private written: Promise<unknown> = Promise.resolve();

  private constructor(private readonly redis: RedisServer) {
    this.writer = new RedisWriter(redis.url);
    this.beating = setInterval(
      () => void this.write(() => this.writer.beat()).catch(() => undefined),
      HEARTBEAT_INTERVAL_MS,
    );
  }

  static async launch(): Promise<SmallAuth> {
    const auth = new SmallAuth(await startRedis());
    await auth.writer.publishBundle(auth.issuer.keyBundle());
    await auth.write(() => auth.writer.beat());
    return auth;
  }

  /** All that a service is told. */
  get settings(): { readonly REDIS_URL: string; readonly AUTH_TRUST_ANCHOR: string } {
    return { REDIS_URL: this.redis.url, AUTH_TRUST_ANCHOR: this.issuer.trustAnchor };
  }

  signIn(): { readonly token: string; readonly sid: string } {
    const claims = this.issuer.claims();
    return { token: this.issuer.token(claims), sid: claims.sid };
  }

  async signOut(sid: string): Promise<void> {
    const untilMs = revocationUntilMs(Date.now(), this.issuer.maxTokenSeconds);
    const entry = { id: randomUUID(), scope: 'sid', value: sid, cutoff: 0, untilMs, reason: 'user_signout' } as const;
    await this.write(() => this.writer.append(entry));
  }

  async close(): Promise<void> {
    clearInterval(this.beating);
    await this.written.catch(() => undefined);
    this.writer.close();
    await this.redis.kill();
  }

  private write(record: () => Promise<unknown>): Promise<unknown> {
    this.written = this.written.then(record, record);
    return this.written;
  }
}
