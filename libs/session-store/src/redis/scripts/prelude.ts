/**
 * What all scripts on a user's sessions begin with. KEYS[1] is the index, KEYS[2] the ended ones, KEYS[3] says when the sessions
 * were last compared with the ledger, KEYS[4] which must not come back; ARGV[1] is the prefix of the sessions' hashes, ARGV[2]
 * how recent that comparison must be (empty: there is no ledger). The hashes are not listed in KEYS, because which there are
 * is only known here; they share the hash tag. Time is the server's, in ms: instances whose clocks differ must agree on what
 * has expired.
 */
export const prelude = `
  local index, ended, restored, gone, prefix = KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1]
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)

  -- Whether this server may have lost sessions of the user since they were last compared with the ledger.
  local function unrestored()
    local since = tonumber(ARGV[2])
    if not since then return false end
    local at = redis.call('GET', restored)
    if since == 0 then return not at and redis.call('ZCARD', index) == 0 end
    return not at or tonumber(at) < since
  end

  local function drop(sid)
    redis.call('ZREM', index, sid)
    return redis.call('DEL', prefix .. sid)
  end

  -- Nothing brings it back before its last deadline. Only where there is a ledger: nothing else brings sessions back.
  local function bury(sid)
    if ARGV[2] == '' then return end
    local untilMs = tonumber(redis.call('HGET', prefix .. sid, 'absoluteExpiresAtMs') or now + 7776000000)
    redis.call('ZREMRANGEBYSCORE', gone, '-inf', string.format('%.0f', now))
    redis.call('ZADD', gone, 'GT', string.format('%.0f', untilMs + 3600000), sid)
    local left = redis.call('PTTL', gone)
    redis.call('PEXPIRE', gone, string.format('%.0f', math.max(left, untilMs + 3600000 - now)))
  end

  -- The session is there and before its deadlines; what is past one is cleared away.
  local function alive(sid)
    local d = redis.call('HMGET', prefix .. sid, 'idleExpiresAtMs', 'absoluteExpiresAtMs')
    if d[1] and tonumber(d[1]) > now and tonumber(d[2]) > now then return true end
    drop(sid)
    return false
  end

  -- Moves the idle deadline, never past the absolute one, and has Redis forget the hash with it. Use that is told of later
  -- counts from when it was, and takes nothing back.
  local function touch(sid, usedAt)
    local key = prefix .. sid
    local d = redis.call('HMGET', key, 'idleTtlMs', 'absoluteExpiresAtMs', 'idleExpiresAtMs', 'lastAccessAtMs')
    local at = math.min(usedAt or now, now)
    local idle = math.min(at + tonumber(d[1]), tonumber(d[2]))
    if usedAt then
      idle = math.max(idle, tonumber(d[3]))
      at = math.max(at, tonumber(d[4]))
    end
    redis.call('HSET', key, 'idleExpiresAtMs', string.format('%.0f', idle), 'lastAccessAtMs', string.format('%.0f', at))
    redis.call('HINCRBY', key, 'version', 1)
    redis.call('PEXPIREAT', key, string.format('%.0f', idle))
  end

  -- The number of its current refresh token. An instance of an earlier version rotates without counting, but leaves a hash
  -- that is not the counted one.
  local function rotationOf(key)
    local r = redis.call('HMGET', key, 'rotation', 'rotationHash', 'refreshTokenHash')
    local counted = tonumber(r[1] or '0')
    if r[2] and r[2] ~= r[3] then return counted + 1 end
    return counted
  end

  -- Ends it and leaves word, until the caller says that its revocation is durable.
  local function endUnconfirmed(sid, cause)
    bury(sid)
    drop(sid)
    redis.call('HSET', ended, sid, cause)
    redis.call('PEXPIRE', ended, 86400000)
  end

  -- Everything a record is made of, and under which id it lies: what the hash itself says may have been copied.
  local function told(sid)
    local hash = redis.call('HGETALL', prefix .. sid)
    hash[#hash + 1] = 'sid'
    hash[#hash + 1] = sid
    hash[#hash + 1] = 'score'
    hash[#hash + 1] = redis.call('ZSCORE', index, sid) or '0'
    return hash
  end
`;

/** Names of what {@link prelude} expects first. */
export const preludeKeys = ['index', 'ended', 'restored', 'gone'] as const;
export const preludeArgs = ['prefix', 'restoredSince'] as const;
