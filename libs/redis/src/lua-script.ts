import { createHash } from 'node:crypto';
import type { RedisConnection } from './connect.js';
import { orStoreUnavailable } from './store-unavailable.js';

export interface LuaScriptDefinition<K extends string, A extends string, R> {
  /** Names of KEYS[1], KEYS[2]… All must lie on one cluster slot: give them the same hash tag. */
  readonly keys: readonly K[];
  /** Names of ARGV[1], ARGV[2]… */
  readonly args: readonly A[];
  readonly lua: string;
  /** Reads the reply. Integers come as numbers, bulk strings as strings, nil as `null`. What it throws is not caught. */
  readonly parse: (reply: unknown) => R;
}

/**
 * One atomic step in Redis: its text, the names of its parts and the reading of its reply, together. Sent by its digest; a
 * server that does not know it yet (restarted, flushed, another cluster node) is given the text.
 */
export class LuaScript<K extends string, A extends string, R> {
  private readonly sha1: string;

  constructor(private readonly definition: LuaScriptDefinition<K, A, R>) {
    this.sha1 = createHash('sha1').update(definition.lua).digest('hex');
  }

  /** @throws {SessionStoreUnavailable} when Redis does not answer in time; the step may or may not have happened. */
  async run(redis: RedisConnection, keys: Record<K, string>, args: Record<A, string | number>): Promise<R> {
    const parts = [
      ...this.definition.keys.map((name) => keys[name]),
      ...this.definition.args.map((name) => String(args[name])),
    ];
    const count = this.definition.keys.length;
    // A reply that cannot be read is our fault, not an outage, and must not be answered as one.
    return this.definition.parse(await orStoreUnavailable(() => this.send(redis, count, parts)));
  }

  private async send(redis: RedisConnection, count: number, parts: string[]): Promise<unknown> {
    try {
      return await redis.evalsha(this.sha1, count, ...parts);
    } catch (error) {
      // Nothing has run yet, so sending it again is not running it twice.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.definition.lua, count, ...parts);
    }
  }
}
