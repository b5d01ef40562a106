/**
 * Part of scripts: the time a session has left, in ms, once somebody has used it: its idle time, or what is left until its
 * absolute end. By the server's clock, which all instances share.
 */
export const untilItsEnd = `
  local function untilItsEnd(idleMs, expiresAtMs)
    local time = redis.call('TIME')
    local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
    return math.min(tonumber(idleMs), tonumber(expiresAtMs) - now)
  end
`;
