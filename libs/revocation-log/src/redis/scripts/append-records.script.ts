import { FEED_VERSION } from '@gatehouse/contracts';
import { LuaScript } from '@gatehouse/redis';
import { prelude, preludeKeys } from './prelude.js';

/**
 * Appends entries (a JSON list of JSON texts), or a heartbeat when the list is empty, and announces each. Writing and
 * announcing are one step, so notices go out in the order of the log.
 *
 * Refuses when the log is in another epoch, when it ends before a record this writer has seen, and when it begins after a
 * record that still matters: then a failover has lost records or somebody has trimmed them, and readers must be told by a
 * new epoch.
 */
export const appendRecords = new LuaScript({
  keys: [...preludeKeys],
  args: ['epoch', 'entries', 'keepMs', 'channel', 'seen'],
  lua: `${prelude}
    local epoch = ARGV[1]
    if current ~= epoch then return {'epoch-mismatch', current or ''} end

    local function before(a, b)
      local aMs, aN = string.match(a, '(%d+)-(%d+)')
      local bMs, bN = string.match(b, '(%d+)-(%d+)')
      if aMs == bMs then return tonumber(aN) < tonumber(bN) end
      return tonumber(aMs) < tonumber(bMs)
    end
    if lastEpoch == epoch and before(lastId, ARGV[5]) then return {'epoch-mismatch', epoch} end

    local time = redis.call('TIME')
    local oldest = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) - tonumber(ARGV[3]))
    local first = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1]
    if first then
      local has = {}
      for i = 1, #first[2], 2 do has[first[2][i]] = first[2][i + 1] end
      local dropped = has['prev'] or '0-0'
      if has['epoch'] == epoch and dropped ~= '0-0' and not before(dropped, oldest .. '-0') then
        return {'epoch-mismatch', epoch}
      end
    end
    local ids = {}
    local function add(entry)
      local fields = {'v', '${FEED_VERSION}', 'epoch', epoch, 'prev', lastId}
      local json = ''
      if entry then
        fields[#fields + 1] = 'entry'
        fields[#fields + 1] = entry
        json = ',"entry":' .. entry
      end
      local id = redis.call('XADD', log, 'MINID', '~', oldest, '*', unpack(fields))
      redis.call('PUBLISH', ARGV[4], '{"v":${FEED_VERSION},"position":"' .. id .. '","previous":"' .. lastId ..
        '","epoch":"' .. epoch .. '"' .. json .. '}')
      ids[#ids + 1] = id
      ids[#ids + 1] = lastId
      lastId = id
    end

    local entries = cjson.decode(ARGV[2])
    if #entries == 0 then add(nil) end
    for _, entry in ipairs(entries) do add(entry) end
    redis.call('DEL', pendingKey)
    return {'appended', unpack(ids)}
  `,
  parse: (reply) => {
    const [kind = '', ...rest] = (reply as unknown[]).map(String);
    return { kind, rest };
  },
});
