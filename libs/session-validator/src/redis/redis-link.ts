import { FEED_NOTICE_CHANNEL, KEY_BUNDLE_CHANNEL } from '@gatehouse/contracts';
import type { Redis, RedisOptions } from 'ioredis';
import type { RedisConnection } from '../core/config.js';

/** No command and no connection attempt takes longer: a Redis that swallows packets must look like one that is gone. */
const COMMAND_TIMEOUT_MS = 1_000;
const CONNECT_TIMEOUT_MS = 1_000;
const LONGEST_RETRY_MS = 1_000;

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
  private asking: Redis | undefined;
  private listening: Redis | undefined;
  private opening: Promise<void> | undefined;
  private closed = false;
  private troubled = false;
  private readonly listeners: RedisListener[] = [];

  constructor(
    private readonly address: string | RedisConnection,
    private readonly warn: (message: string) => void,
  ) {}

  /** Opens the connections on the first call. */
  open(listener: RedisListener): void {
    this.listeners.push(listener);
    this.opening ??= this.connect();
  }

  /**
   * Asks Redis something. Rejects at once while there is no connection, and within {@link COMMAND_TIMEOUT_MS} else.
   */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = this.asking;
    if (redis?.status !== 'ready') throw new Error('not connected');
    try {
      return await command(redis);
    } catch (error) {
      // An error that Redis itself replied is an answer; anything else may be a connection that only looks alive.
      const answered = error instanceof Error && error.name === 'ReplyError';
      if (!answered && redis.status === 'ready') redis.disconnect(true);
      throw error;
    }
  }

  /** Listening has gone silent: begins anew on a fresh connection. */
  listenAgain(): void {
    if (this.listening?.status === 'ready') this.listening.disconnect(true);
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.opening;
    this.asking?.disconnect();
    this.listening?.disconnect();
  }

  private async connect(): Promise<void> {
    let ioredis: { Redis: typeof Redis };
    try {
      ioredis = await import('ioredis');
    } catch {
      this.warn('Redis is configured but the package "ioredis" is not installed; no token will be accepted.');
      return;
    }
    if (this.closed) return;
    const create = (role: string): Redis => {
      const options: RedisOptions = {
        lazyConnect: true,
        connectionName: `session-validator:${role}`,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        // Done by hand on each `ready`, so that reading what was missed begins only once we listen.
        autoResubscribe: false,
        maxRetriesPerRequest: 0,
        commandTimeout: COMMAND_TIMEOUT_MS,
        connectTimeout: CONNECT_TIMEOUT_MS,
        retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, LONGEST_RETRY_MS) * (0.5 + Math.random() / 2),
      };
      const { address } = this;
      const redis =
        typeof address === 'string'
          ? new ioredis.Redis(address, options)
          : new ioredis.Redis({ ...(address as RedisOptions), ...options });
      redis.on('error', (error: Error) => this.reportOnce(error));
      return redis;
    };
    const asking = create('ask');
    const listening = create('listen');
    this.asking = asking;
    this.listening = listening;
    asking.on('ready', () => {
      this.troubled = false;
      this.tellConnected();
    });
    listening.on('ready', () => void this.subscribe(listening));
    listening.on('message', (channel: string, text: string) => {
      for (const listener of this.listeners) listener.message(channel, text);
    });
    // A first attempt that fails is retried like any other.
    asking.connect().catch(() => undefined);
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
