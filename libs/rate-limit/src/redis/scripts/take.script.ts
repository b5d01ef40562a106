import { LuaScript } from '@gatehouse/redis';

/** How the script tells one limit: remaining, reset, wait and window in ms, mark. */
export type TakenLimit = readonly [number, number, number, number, string];

export interface Taken {
  readonly atMs: number;
  readonly limits: readonly TakenLimit[];
}

/**
 * First looks at every limit, then charges all of them if none refuses. Time is the server's, so instances whose clocks
 * differ share one window. What lies further ahead than a window can be is left from before the server's clock was set back,
 * and does not count.
 */
const lua = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  local limits, refused = cjson.decode(ARGV[1]), false

  local function text(ms) return string.format('%.0f', ms) end

  local look, charge, read = {}, {}, {}

  look['sliding-window'] = function(key, l)
    local oldest = redis.call('LINDEX', key, 0)
    while oldest and (tonumber(oldest) <= now - l.windowMs or tonumber(oldest) > now + l.windowMs) do
      redis.call('LPOP', key)
      oldest = redis.call('LINDEX', key, 0)
    end
    l.hits, l.oldest = redis.call('LLEN', key), tonumber(oldest)
    if l.hits < l.limit then return 0 end
    -- Where the limit has been lowered, more than the oldest must leave.
    return (tonumber(redis.call('LINDEX', key, l.hits - l.limit) or now)) + l.windowMs - now
  end
  charge['sliding-window'] = function(key, l)
    redis.call('RPUSH', key, text(now))
    redis.call('PEXPIRE', key, text(l.windowMs))
    l.hits, l.oldest = l.hits + 1, l.oldest or now
    return ''
  end
  read['sliding-window'] = function(l)
    local reset = l.oldest and l.oldest + l.windowMs - now or l.wait
    return {math.max(0, l.limit - l.hits), reset, l.wait, l.windowMs}
  end

  look['token-bucket'] = function(key, l)
    local full = tonumber(redis.call('GET', key) or now)
    l.full = math.min(math.max(full, now), now + l.windowMs)
    if l.limit == 0 then return l.windowMs end
    l.interval = l.windowMs / l.limit
    return math.max(0, math.ceil(l.full + l.interval - l.windowMs - now - 0.001))
  end
  charge['token-bucket'] = function(key, l)
    l.full = l.full + l.interval
    redis.call('SET', key, string.format('%.6f', l.full), 'PX', text(math.ceil(l.full - now)))
    return ''
  end
  read['token-bucket'] = function(l)
    if l.limit == 0 then return {0, l.windowMs, l.wait, l.windowMs} end
    local missing = l.full - now
    local remaining = math.max(0, math.floor((l.windowMs - missing) / l.interval + 0.001))
    local next = math.min(l.limit, remaining + 1) * l.interval
    return {remaining, math.max(0, math.ceil(missing - l.windowMs + next - 0.001)), l.wait, l.windowMs}
  end

  look['growing-delay'] = function(key, l)
    local failures, waits = string.match(redis.call('GET', key) or '0:0', '^(%d+):(%d+)$')
    l.failures = tonumber(failures)
    l.waits = math.min(tonumber(waits), now + l.maxMs)
    return math.max(0, l.waits - now)
  end
  charge['growing-delay'] = function(key, l)
    l.failures = l.failures + 1
    local delay = 0
    if l.failures > l.free then delay = math.min(l.maxMs, l.firstMs * 2 ^ (l.failures - l.free - 1)) end
    l.waits = delay == 0 and 0 or now + delay
    redis.call('SET', key, l.failures .. ':' .. text(l.waits), 'PX', text(delay + l.forgetMs))
    return text(l.waits)
  end
  read['growing-delay'] = function(l)
    local left = math.max(0, l.waits - now)
    return {left > 0 and 0 or 1, left, l.wait, left}
  end

  for i, l in ipairs(limits) do
    l.wait = look[l.kind](KEYS[i], l)
    refused = refused or l.wait > 0
  end
  local reply = {text(now)}
  for i, l in ipairs(limits) do
    local mark = ''
    if not refused then mark = charge[l.kind](KEYS[i], l) end
    local reading = read[l.kind](l)
    reading[5] = mark
    reply[i + 1] = reading
  end
  return reply
`;

function parse(reply: unknown): Taken {
  const [now, ...limits] = reply as [string, ...TakenLimit[]];
  return { atMs: Number(now), limits };
}

function takeOf(count: number) {
  return new LuaScript({ keys: keyNames(count), args: ['limits'], lua, parse });
}

const scripts = new Map<number, ReturnType<typeof takeOf>>();

/** The script for so many limits; the text, and so what the server keeps, is the same for all. */
export function takeScript(count: number): ReturnType<typeof takeOf> {
  const script = scripts.get(count) ?? takeOf(count);
  scripts.set(count, script);
  return script;
}

/** Names of the script's keys: `1`, `2`… */
export function keyNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => String(index + 1));
}
