import { FEED_START, FEED_STREAM_KEY } from '@gatehouse/contracts';
import type { RedisConnection } from '@gatehouse/redis';
import { keepMs } from '../../revoke/lifetimes.js';
import { found, type Finding } from '../finding.js';
import { isDenied, timeOf } from './redis-under-test.js';

/** Five missed heartbeats: where `closed` routes begin to refuse. */
const SILENT_MS = 5_000;
/** Redis trims whole nodes of the stream, of a hundred records each. */
const TRIM_SLACK_MS = 900_000;
const LOOK_BACK = 200;

type Raw = readonly [id: string, fields: readonly string[]];

/** Is the feed alive, and does it hold what it must and no more? */
export async function checkFeed(redis: RedisConnection, accessTokenSeconds: number): Promise<(Finding | undefined)[]> {
  // Positions are the server's own time; ours may differ.
  const nowMs = await timeOf(redis);
  const [newest, [oldest]] = await Promise.all([
    newestOf(redis, nowMs),
    redis.xrange(FEED_STREAM_KEY, '-', '+', 'COUNT', 1),
  ]);
  if (!oldest) return [found('FEED_EMPTY', 'feed')];
  const beat = newest.find(
    (record) => fieldOf(record, 'entry') === undefined && fieldOf(record, 'epoch') !== undefined,
  );
  return [silence(beat, nowMs), ...trimming(oldest, nowMs, keepMs(accessTokenSeconds))];
}

/** The newest first. A user that may only read forwards reads the last minute. */
async function newestOf(redis: RedisConnection, nowMs: number): Promise<readonly Raw[]> {
  try {
    return await redis.xrevrange(FEED_STREAM_KEY, '+', '-', 'COUNT', LOOK_BACK);
  } catch (error) {
    if (!isDenied(error)) throw error;
    return (await redis.xrange(FEED_STREAM_KEY, Math.floor(nowMs) - 60_000, '+')).reverse();
  }
}

function silence(beat: Raw | undefined, nowMs: number): Finding | undefined {
  if (!beat) return found('FEED_SILENT', 'feed', `no heartbeat among the newest records`);
  const ageMs = nowMs - timeOfPosition(beat[0]);
  return ageMs > SILENT_MS
    ? found('FEED_SILENT', 'feed', `last heartbeat ${(ageMs / 1000).toFixed(0)} s ago`)
    : undefined;
}

function trimming(oldest: Raw, nowMs: number, mustKeepMs: number): (Finding | undefined)[] {
  const ageMs = nowMs - timeOfPosition(oldest[0]);
  const wasTrimmed = fieldOf(oldest, 'prev') !== FEED_START;
  const minutes = `oldest record ${Math.round(ageMs / 60_000)} min old`;
  return [
    wasTrimmed && ageMs < mustKeepMs ? found('FEED_TRIMMED_EARLY', 'feed', minutes) : undefined,
    ageMs > mustKeepMs + TRIM_SLACK_MS ? found('FEED_NOT_TRIMMED', 'feed', minutes) : undefined,
  ];
}

function fieldOf([, fields]: Raw, name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}

function timeOfPosition(position: string): number {
  return Number(position.split('-')[0]);
}
