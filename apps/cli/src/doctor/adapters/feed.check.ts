import { FEED_START, FEED_STREAM_KEY } from '@gatehouse/contracts';
import type { RedisConnection } from '@gatehouse/redis';
import { keepMs } from '../../revoke/lifetimes.js';
import { found, type Finding } from '../finding.js';

/** Five missed heartbeats: where `closed` routes begin to refuse. */
const SILENT_MS = 5_000;
/** Redis trims whole nodes of the stream, of a hundred records each. */
const TRIM_SLACK_MS = 900_000;
const LOOK_BACK = 200;

type Raw = readonly [id: string, fields: readonly string[]];

/** Is the feed alive, and does it hold what it must and no more? */
export async function checkFeed(redis: RedisConnection, accessTokenSeconds: number): Promise<(Finding | undefined)[]> {
  const [newest, [oldest], nowMs] = await Promise.all([
    redis.xrevrange(FEED_STREAM_KEY, '+', '-', 'COUNT', LOOK_BACK),
    redis.xrange(FEED_STREAM_KEY, '-', '+', 'COUNT', 1),
    // Positions are the server's own time; ours may differ.
    timeOf(redis),
  ]);
  if (!oldest) return [found('FEED_EMPTY', 'feed')];
  const beat = newest.find(
    (record) => fieldOf(record, 'entry') === undefined && fieldOf(record, 'epoch') !== undefined,
  );
  return [silence(beat, nowMs), ...trimming(oldest, nowMs, keepMs(accessTokenSeconds))];
}

function silence(beat: Raw | undefined, nowMs: number): Finding | undefined {
  if (!beat) return found('FEED_SILENT', 'feed', `no heartbeat among the last ${LOOK_BACK} records`);
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

async function timeOf(redis: RedisConnection): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1000 + Number(micros) / 1000;
}
