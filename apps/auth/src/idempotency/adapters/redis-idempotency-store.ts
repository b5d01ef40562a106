import { randomHex } from '@gatehouse/kernel';
import type { RedisConnection } from '@gatehouse/redis';
import { type Beginning, CLAIM_MS, IdempotencyStore, KEEP_MS, type StoredAnswer } from '../idempotency-store.port.js';
import { abandonRequest, beginRequest, finishRequest } from './idempotency.scripts.js';

/** For any number of instances. */
export class RedisIdempotencyStore extends IdempotencyStore {
  constructor(private readonly redis: RedisConnection) {
    super();
  }

  override async begin(key: string, fingerprint: string): Promise<Beginning> {
    const claim = randomHex(16);
    const args = { fingerprint, claim, claimMs: CLAIM_MS };
    const [kind, answer] = await beginRequest.run(this.redis, { request: name(key) }, args);
    switch (kind) {
      case 'begun':
        return { kind, claim };
      case 'running':
      case 'other-request':
        return { kind };
      case 'finished':
        return { kind, answer: JSON.parse(answer ?? '') as StoredAnswer };
      default:
        throw new Error('Redis answered the beginning of a request with a word nobody taught it');
    }
  }

  override async finish(key: string, claim: string, answer: StoredAnswer): Promise<void> {
    const args = { claim, answer: JSON.stringify(answer), keepMs: KEEP_MS };
    await finishRequest.run(this.redis, { request: name(key) }, args);
  }

  override async abandon(key: string, claim: string): Promise<void> {
    await abandonRequest.run(this.redis, { request: name(key) }, { claim });
  }
}

const name = (key: string) => `idempotency:${key}`;
