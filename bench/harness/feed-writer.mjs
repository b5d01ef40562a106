import {
  encodeNotice,
  FEED_NOTICE_CHANNEL,
  FEED_START,
  FEED_STREAM_KEY,
  FEED_VERSION,
  KEY_BUNDLE_KEY,
  revocationUntilMs,
} from '@gatehouse/contracts';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';

/** Entries per call: a script blocks Redis while it runs. */
const BATCH = 10_000;

/**
 * Appends entries inside Redis, each with a session id of its own. A million appended one by one from outside would take
 * longer than what is measured with them.
 */
const FILL = `
  local previous = ARGV[3]
  for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
    local sid = redis.sha1hex('a' .. i) .. string.sub(redis.sha1hex('b' .. i), 1, 24)
    local entry = '{"id":"' .. ARGV[5] .. '","scope":"sid","value":"' .. sid ..
      '","cutoff":0,"untilMs":' .. ARGV[6] .. ',"reason":"user_signout"}'
    previous = redis.call('XADD', KEYS[1], '*', 'v', '${FEED_VERSION}', 'epoch', ARGV[4], 'prev', previous, 'entry', entry)
  end
  return previous
`;

/**
 * Writes the revocation log as the auth service does, for measurements that need a full log and no auth service.
 *
 * @param {string} redisUrl
 */
export function openFeedWriter(redisUrl) {
  const redis = new Redis(redisUrl);
  const epoch = randomUUID();
  let previous = FEED_START;
  let beating;

  const append = async (entry) => {
    const fields = entry ? ['entry', JSON.stringify(entry)] : [];
    const own = { previous, epoch };
    const position = await redis.xadd(
      FEED_STREAM_KEY,
      '*',
      'v',
      String(FEED_VERSION),
      'epoch',
      epoch,
      'prev',
      previous,
      ...fields,
    );
    previous = position;
    await redis.publish(FEED_NOTICE_CHANNEL, encodeNotice({ position, ...own, ...(entry ? { entry } : {}) }));
  };
  return {
    redis,
    /** Appends `count` live revocations of sessions nobody has. */
    async fill(count) {
      const untilMs = String(revocationUntilMs(Date.now(), 3_600));
      for (let from = 1; from <= count; from += BATCH) {
        const to = Math.min(count, from + BATCH - 1);
        const args = [String(from), String(to), previous, epoch, randomUUID(), untilMs];
        previous = await redis.eval(FILL, 1, FEED_STREAM_KEY, ...args);
      }
    },
    revokeSession: (sid) =>
      append({
        id: randomUUID(),
        scope: 'sid',
        value: sid,
        cutoff: 0,
        untilMs: revocationUntilMs(Date.now(), 3_600),
        reason: 'user_signout',
      }),
    /** Without a heartbeat no list counts as whole. */
    beat: () => append(undefined),
    keepBeating() {
      beating = setInterval(() => void append(undefined).catch(() => undefined), 1_000);
    },
    publishKeys: (bundle) => redis.set(KEY_BUNDLE_KEY, bundle),
    close() {
      clearInterval(beating);
      redis.disconnect();
    },
  };
}
