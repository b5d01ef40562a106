import { FEED_NOTICE_CHANNEL, KEY_BUNDLE_CHANNEL } from '@gatehouse/contracts';
import type { Cluster, Redis } from 'ioredis';
import type { RedisConnection } from '../core/config/config.js';
import { connectionOf, redisAddress } from '../core/config/redis-address.js';
import { RedisConnections, retryDelayMs, type Driver } from './redis-connections.js';

export interface RedisListener {
  /** A connection came up, the first time or again: whatever was missed meanwhile is to be read. */
  connected(): void;
  /** Something was published. */
  message(channel: string, text: string): void;
}

/**
 * Two connections to Redis, one that listens and one that asks, kept up for ever. Nothing is queued while they are down:
 * an answer that comes late is worth less than knowing at once that there is none.
 */
export class RedisLink {
  private asking: Redis | Cluster | undefined;
  private listening: Redis | undefined;
  private opening: Promise<void> | undefined;
  private listenTimer: NodeJS.Timeout | undefined;
  private listenFailures = 0;
  private closed = false;
  private troubled = false;
  private readonly place: RedisConnection;
  private readonly listeners: RedisListener[] = [];

  /**
   * @param address - `redis://`, `rediss://` or `host:port`, or options
   * @throws {TypeError} when a text is no Redis address.
   */
  constructor(
    address: string | RedisConnection,
    private readonly warn: (message: string) => void,
  ) {
    const url = typeof address === 'string' ? redisAddress(address) : undefined;
    if (typeof address === 'string' && !url) throw new TypeError('no Redis address');
    this.place = url ? connectionOf(url) : (address as RedisConnection);
  }

  /** Opens the connections on the first call. */
  open(listener: RedisListener): void {
    this.listeners.push(listener);
    this.opening ??= this.connect().catch((error: unknown) => {
      // Made by the driver before anything was tried: of another version, or of an option it cannot take.
      const cause = error instanceof Error ? error.name : typeof error;
      this.warn(`The "ioredis" that is installed cannot be used (${cause}); no token will be accepted.`);
    });
  }

  /**
   * Asks Redis something. Rejects at once while there is no connection, and after about a second without an answer.
   */
  async ask<T>(command: (redis: Redis | Cluster) => Promise<T>): Promise<T> {
    const redis = this.asking;
    if (redis?.status !== 'ready') throw new Error('not connected');
    try {
      return await command(redis);
    } catch (error) {
      if (!isReply(error)) giveUpSilent(redis);
      throw error;
    }
  }

  /** Listening has gone silent: begins anew on a fresh connection. */
  listenAgain(): void {
    if (this.listening?.status === 'ready') this.listening.disconnect(true);
  }

  /** Ends both connections for good. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.listenTimer);
    await this.opening;
    this.asking?.disconnect();
    this.listening?.disconnect();
  }

  private async connect(): Promise<void> {
    let driver: Driver;
    try {
      driver = await import('ioredis');
    } catch {
      this.warn('Redis is configured but the package "ioredis" is not installed; no token will be accepted.');
      return;
    }
    if (this.closed) return;
    const connections = new RedisConnections(driver, this.place);
    const asking = connections.asking();
    this.asking = asking;
    asking.on('error', (error: Error) => this.reportOnce(error));
    asking.on('ready', () => {
      this.troubled = false;
      this.tellConnected();
    });
    // A first attempt that fails is retried like any other.
    asking.connect().catch(() => undefined);
    this.listen(connections, asking);
  }

  private listen(connections: RedisConnections, asking: Redis | Cluster): void {
    const again = () => {
      if (this.closed) return;
      this.listenTimer = setTimeout(() => this.listen(connections, asking), retryDelayMs(this.listenFailures)).unref();
      this.listenFailures += 1;
    };
    const listening = connections.listening(asking);
    if (!listening) return again();
    this.listening = listening;
    listening.on('error', (error: Error) => this.reportOnce(error));
    listening.on('ready', () => void this.subscribe(listening));
    listening.on('message', (channel: string, text: string) => {
      // Some may still be on their way while we say goodbye.
      if (this.closed) return;
      for (const listener of this.listeners) listener.message(channel, text);
    });
    // Only one that does not bring itself up again comes to an end before we close it.
    listening.once('end', again);
    listening.connect().catch(() => undefined);
  }

  private async subscribe(listening: Redis): Promise<void> {
    try {
      await listening.subscribe(FEED_NOTICE_CHANNEL, KEY_BUNDLE_CHANNEL);
    } catch (error) {
      this.reportOnce(error);
      // The periodic reading carries on alone; a fresh connection tries again.
      listening.disconnect(true);
      return;
    }
    this.listenFailures = 0;
    this.tellConnected();
  }

  private tellConnected(): void {
    for (const listener of this.listeners) listener.connected();
  }

  /** Once per outage. The cause goes by its code: messages of the driver may repeat what was sent. */
  private reportOnce(error: unknown): void {
    if (this.troubled || this.closed) return;
    this.troubled = true;
    const code = (error as { code?: unknown } | undefined)?.code;
    const cause = typeof code === 'string' ? code : error instanceof Error ? error.name : 'unknown';
    this.warn(`Redis cannot be reached (${cause}); the last known revocations stay enforced.`);
  }
}

/** An error that Redis itself replied is an answer; anything else may be a connection that only looks alive. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/**
 * Opens the connection anew. Of a cluster only those to nodes that no longer answer: the others know who has taken over,
 * and a cluster connection that is opened anew would ask the silent node again.
 */
function giveUpSilent(redis: Redis | Cluster): void {
  if (!('nodes' in redis)) {
    if (redis.status === 'ready') redis.disconnect(true);
    return;
  }
  for (const node of redis.nodes('all')) {
    if (node.status !== 'ready') continue;
    node.ping().catch((error: unknown) => {
      if (!isReply(error)) node.disconnect();
    });
  }
}
