import { FEED_START, UNKNOWN_LAG } from '@gatehouse/contracts';
import { LuaScript } from '@gatehouse/redis';

/**
 * Appends records of another region under the ids they have there, and announces each where a channel is named. What is there
 * already is passed over, so any number of relays may carry the same.
 *
 * Refuses when the log ends before `after`, since what lies between would be missing; and when its last record was not
 * carried here: then an auth service writes this log, and nobody else may.
 *
 * `asOfMs` is an instant on this server's clock at which none of the records had been written; empty: nobody knows one. The lag
 * is taken here and not by whoever sends: what is sent may be on its way for a long time.
 */
export const appendCarried = new LuaScript({
  keys: ['log'],
  args: ['after', 'records', 'asOfMs', 'channel', 'trimBefore', 'forgetAfterMs'],
  lua: `
    local log = KEYS[1]
    local function before(a, b)
      local aMs, aN = string.match(a, '(%d+)-(%d+)')
      local bMs, bN = string.match(b, '(%d+)-(%d+)')
      if aMs == bMs then return tonumber(aN) < tonumber(bN) end
      return tonumber(aMs) < tonumber(bMs)
    end
    local function named(fields)
      local has = {}
      for i = 1, #fields, 2 do has[fields[i]] = fields[i + 1] end
      return has
    end

    local time = redis.call('TIME')
    local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
    local now = string.format('%.0f', nowMs)
    local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
    local lastId = last and last[1] or '${FEED_START}'
    if last and not named(last[2])['lag'] then return {'foreign', lastId, now} end
    if before(lastId, ARGV[1]) then return {'behind', lastId, now} end

    local lagHere = ${UNKNOWN_LAG}
    if ARGV[3] ~= '' and nowMs >= tonumber(ARGV[3]) then lagHere = nowMs - tonumber(ARGV[3]) end
    for _, record in ipairs(cjson.decode(ARGV[2])) do
      local id, has, fields = record[1], named(record[2]), {}
      if before(lastId, id) then
        -- Where it comes from it may have been carried to as well.
        local lagThere = tonumber(has['lag'] or '0') or ${UNKNOWN_LAG}
        local lag = ${UNKNOWN_LAG}
        if lagHere >= 0 and lagThere >= 0 then lag = lagHere + lagThere end
        lag = string.format('%.0f', lag)
        for i = 1, #record[2], 2 do
          if record[2][i] ~= 'lag' then
            fields[#fields + 1] = record[2][i]
            fields[#fields + 1] = record[2][i + 1]
          end
        end
        fields[#fields + 1] = 'lag'
        fields[#fields + 1] = lag
        redis.call('XADD', log, id, unpack(fields))
        if ARGV[4] ~= '' and has['v'] and has['epoch'] and has['prev'] then
          local json = has['entry'] and (',"entry":' .. has['entry']) or ''
          redis.call('PUBLISH', ARGV[4], '{"v":' .. has['v'] .. ',"position":"' .. id .. '","previous":"' .. has['prev'] ..
            '","epoch":' .. cjson.encode(has['epoch']) .. ',"lag":' .. lag .. json .. '}')
        end
        lastId = id
      end
    end
    if ARGV[5] ~= '' then redis.call('XTRIM', log, 'MINID', '~', ARGV[5]) end
    if ARGV[6] ~= '' then redis.call('PEXPIRE', log, ARGV[6]) end
    return {'written', lastId, now}
  `,
  parse: (reply) => {
    const [kind = '', position = '', nowMs = ''] = (reply as unknown[]).map(String);
    return { kind, position, nowMs: Number(nowMs) };
  },
});
