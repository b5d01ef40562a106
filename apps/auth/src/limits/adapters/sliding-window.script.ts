import { LuaScript } from '@gatehouse/redis';

/** What one attempt came to. */
export interface WindowReading {
  readonly admitted: boolean;
  /** Admitted attempts within the window, this one included. */
  readonly hits: number;
  /** Until the oldest of them leaves the window, in ms. */
  readonly oldestLeavesInMs: number;
}

/**
 * Counts exactly: within any span of the window's length no more than `limit` attempts are admitted. Refused ones are not
 * kept, so whoever waits until the oldest has left is admitted. Time is the server's, so instances whose clocks differ
 * share one window; small integers in a list cost some nine bytes each.
 */
export const slidingWindow = new LuaScript({
  keys: ['window'],
  args: ['windowMs', 'limit'],
  lua: `
    local window, limit = tonumber(ARGV[1]), tonumber(ARGV[2])
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local oldest = redis.call('LINDEX', KEYS[1], 0)
    while oldest and tonumber(oldest) <= now - window do
      redis.call('LPOP', KEYS[1])
      oldest = redis.call('LINDEX', KEYS[1], 0)
    end
    local hits = redis.call('LLEN', KEYS[1])
    if hits >= limit then
      return {0, hits, (tonumber(oldest) or now) + window - now}
    end
    redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
    redis.call('PEXPIRE', KEYS[1], window)
    return {1, hits + 1, (tonumber(oldest) or now) + window - now}
  `,
  parse: (reply): WindowReading => {
    const [admitted, hits, oldestLeavesInMs] = reply as [number, number, number];
    return { admitted: admitted === 1, hits, oldestLeavesInMs };
  },
});
