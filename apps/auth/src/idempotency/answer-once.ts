import { createHmac, hkdfSync } from 'node:crypto';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { IdempotencyStore, StoredAnswer } from './idempotency-store.port.js';
import { usableKey } from './idempotency-key.decorator.js';
import { IdempotencyKeyReused, RequestInProgress } from './idempotency.errors.js';

export interface OnceRequest {
  /** `Idempotency-Key`, as sent. */
  readonly idempotencyKey: string;
  /** Who asks: nobody ever gets an answer made for somebody else. */
  readonly caller: string;
  /** Method and route. */
  readonly route: string;
  /** Everything else that makes it this request: parameters, query, body. */
  readonly parts: unknown;
}

export interface OnceAnswer extends StoredAnswer {
  readonly replayed: boolean;
}

/** Answers a repeated request with the answer of the first time. */
export class AnswerOnce {
  private readonly hashKey: Buffer;

  /**
   * @param masterKey - 32 bytes, shared by all instances. A body may hold a password; its plain hash in a store would let
   *   whoever reads the store guess at it.
   */
  constructor(
    private readonly store: IdempotencyStore,
    masterKey: Buffer,
  ) {
    this.hashKey = Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'gatehouse idempotency v1', 32));
  }

  /**
   * Runs `work` unless its answer is known. Only what it returns is kept: after a failure the key is free again. With the
   * store away it simply runs; the use cases behind it are safe to repeat by themselves.
   *
   * @throws {UnusableIdempotencyKey}
   * @throws {IdempotencyKeyReused} when the key came with a different request before.
   * @throws {RequestInProgress} while the first one is still being answered.
   */
  async run(request: OnceRequest, work: () => Promise<StoredAnswer>): Promise<OnceAnswer> {
    const key = this.hash([request.caller, request.route, usableKey(request.idempotencyKey)]);
    const beginning = await this.unlessAway(this.store.begin(key, this.hash(request.parts)));
    switch (beginning?.kind) {
      case undefined:
        return { ...(await work()), replayed: false };
      case 'begun':
        return { ...(await this.workUnder(key, beginning.claim, work)), replayed: false };
      case 'finished':
        return { ...beginning.answer, replayed: true };
      case 'running':
        throw new RequestInProgress();
      case 'other-request':
        throw new IdempotencyKeyReused();
    }
  }

  private async workUnder(key: string, claim: string, work: () => Promise<StoredAnswer>): Promise<StoredAnswer> {
    let answer: StoredAnswer;
    try {
      answer = await work();
    } catch (error) {
      await this.unlessAway(this.store.abandon(key, claim));
      throw error;
    }
    await this.unlessAway(this.store.finish(key, claim, answer));
    return answer;
  }

  private async unlessAway<T>(step: Promise<T>): Promise<T | undefined> {
    try {
      return await step;
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return undefined;
      throw error;
    }
  }

  /** JSON keeps the parts apart: `["a","bc"]` and `["ab","c"]` are two. */
  private hash(parts: unknown): string {
    return createHmac('sha256', this.hashKey)
      .update(JSON.stringify(parts) ?? '')
      .digest('base64url');
  }
}
