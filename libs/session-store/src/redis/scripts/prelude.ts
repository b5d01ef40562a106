/**
 * What all scripts on a user's sessions begin with. KEYS[1] is the index, KEYS[2] the ended ones, ARGV[1] the prefix of the
 * sessions' hashes. Those are not listed in KEYS, because which there are is only known here; they share the hash tag.
 * Time is the server's, in ms: instances whose clocks differ must agree on what has expired.
 */
export const prelude = `
  local index, ended, prefix = KEYS[1], KEYS[2], ARGV[1]
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)

  local function drop(sid)
    redis.call('ZREM', index, sid)
    return redis.call('DEL', prefix .. sid)
  end

  -- The session is there and before its deadlines; what is past one is cleared away.
  local function alive(sid)
    local d = redis.call('HMGET', prefix .. sid, 'idleExpiresAtMs', 'absoluteExpiresAtMs')
    if d[1] and tonumber(d[1]) > now and tonumber(d[2]) > now then return true end
    drop(sid)
    return false
  end

  -- Moves the idle deadline, never past the absolute one, and has Redis forget the hash with it.
  local function touch(sid)
    local key = prefix .. sid
    local d = redis.call('HMGET', key, 'idleTtlMs', 'absoluteExpiresAtMs')
    local idle = math.min(now + tonumber(d[1]), tonumber(d[2]))
    redis.call('HSET', key, 'idleExpiresAtMs', string.format('%.0f', idle), 'lastAccessAtMs', string.format('%.0f', now))
    redis.call('PEXPIREAT', key, string.format('%.0f', idle))
  end

  -- Ends it and leaves word, until the caller says that its revocation is durable.
  local function endUnconfirmed(sid, cause)
    drop(sid)
    redis.call('HSET', ended, sid, cause)
    redis.call('PEXPIRE', ended, 86400000)
  end
`;

/** Names of what {@link prelude} expects first. */
export const preludeKeys = ['index', 'ended'] as const;
export const preludeArgs = ['prefix'] as const;
