import { ACTIVITY_MAX_CHARACTERS } from '@gatehouse/contracts';
import { LuaScript } from '@gatehouse/redis';

/** One record, as the script tells of it: what it is, when it came, and the batch as JSON or how many are missing before it. */
export interface TakenRecord {
  readonly outcome: 'batch' | 'duplicate' | 'unreadable';
  readonly arrivedAtMs: number;
  readonly json: string;
  /** Batches of the same validator that never came. */
  readonly missed: number;
}

/**
 * Takes the oldest records out of the stream and says which of them were there before, in one step: two instances that take at
 * the same time get different ones, and a batch that was sent twice is known whoever takes the second one.
 *
 * `numbers` holds the number of each validator's last batch, `heard` when that came, for forgetting. A stream that is empty
 * afterwards is removed: with it goes its last id, which somebody may have set so high that nothing could be added any more.
 */
export const takeActivity = new LuaScript({
  keys: ['stream', 'numbers', 'heard'],
  args: ['most', 'maxHeard', 'keepMs'],
  lua: `
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local most = tonumber(ARGV[1])
    local records = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', most)
    local reply = {}
    for _, record in ipairs(records) do
      local field = {}
      for i = 1, #record[2], 2 do field[record[2][i]] = record[2][i + 1] end
      local from, n, json = field.from or '', field.n or '', field.batch or ''
      local sound = field.v == '1' and #from == 36 and #json <= ${ACTIVITY_MAX_CHARACTERS}
      local number = sound and #n <= 15 and string.match(n, '^%d+$') and tonumber(n)
      local at = math.min(tonumber(string.match(record[1], '^%d+')), now)
      if not number then
        reply[#reply + 1] = {'unreadable', string.format('%.0f', at), '', 0}
      else
        local last = tonumber(redis.call('HGET', KEYS[2], from) or '')
        if last and number <= last then
          reply[#reply + 1] = {'duplicate', string.format('%.0f', at), '', 0}
        else
          redis.call('HSET', KEYS[2], from, n)
          redis.call('ZADD', KEYS[3], now, from)
          reply[#reply + 1] = {'batch', string.format('%.0f', at), json, last and number - last - 1 or 0}
        end
      end
    end
    if #records < most then
      redis.call('DEL', KEYS[1])
    else
      for _, record in ipairs(records) do redis.call('XDEL', KEYS[1], record[1]) end
    end
    if #records > 0 then
      local over = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[2])
      if over > 0 then
        local popped = redis.call('ZPOPMIN', KEYS[3], over)
        for i = 1, #popped, 2 do redis.call('HDEL', KEYS[2], popped[i]) end
      end
      redis.call('PEXPIRE', KEYS[2], ARGV[3])
      redis.call('PEXPIRE', KEYS[3], ARGV[3])
    end
    return reply
  `,
  parse: (reply): TakenRecord[] =>
    (reply as [TakenRecord['outcome'], string, string, number][]).map(([outcome, at, json, missed]) => ({
      outcome,
      arrivedAtMs: Number(at),
      json,
      missed,
    })),
});
