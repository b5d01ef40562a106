/**
 * KEYS[1] is the stream, KEYS[2] the name of an epoch that is opened but not written yet. The log's epoch is the pending one
 * if there is one, else that of its last record: so it is lost with the records, which is what tells a lost log from an
 * empty list.
 */
export const prelude = `
  local log, pendingKey = KEYS[1], KEYS[2]
  local last = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  local lastId, lastEpoch = '0-0', false
  if last then
    lastId = last[1]
    for i = 1, #last[2], 2 do
      if last[2][i] == 'epoch' then lastEpoch = last[2][i + 1] end
    end
  end
  local current = redis.call('GET', pendingKey) or lastEpoch
`;

export const preludeKeys = ['log', 'pending'] as const;
