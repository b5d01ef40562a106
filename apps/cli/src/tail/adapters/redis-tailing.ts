import { asRevocationEntry, comparePositions, FEED_START, FEED_STREAM_KEY, FEED_VERSION } from '@gatehouse/contracts';
import { connectRedis, type RedisConnection, type RedisSettings } from '@gatehouse/redis';
import { isUp } from '../../environment/wait-until-up.js';
import { pause, type Tailed, type Tailing } from '../tailing.port.js';

const PAGE = 500;
/** Often enough for eyes, and gentle: no connection is held up on the server as a blocking read would. */
const READ_EVERY_MS = 100;
const RECONNECT_WITHIN_MS = 1_500;

/** The feed read from its Redis stream: the log itself, so nothing can be missed. */
export class RedisTailing implements Tailing {
  constructor(private readonly settings: RedisSettings) {}

  async *follow(fromStart: boolean, stop: AbortSignal): AsyncIterable<Tailed> {
    const redis = connectRedis(this.settings, { name: 'gatehouse-cli-tail' });
    let position = fromStart ? FEED_START : undefined;
    let isLost: boolean | undefined;
    try {
      while (!stop.aborted) {
        try {
          if (!(await isUp(redis, RECONNECT_WITHIN_MS))) throw new Error('not connected');
          position ??= (await lastPosition(redis)) ?? FEED_START;
          const page = await readAfter(redis, position);
          if (isLost !== false) yield { kind: 'found' };
          isLost = false;
          for (const found of page) yield found.tailed;
          position = page.at(-1)?.id ?? position;
          if (page.length === PAGE) continue;
          // A Redis that comes back with less than it had has begun to count anew.
          const last = page.length === 0 ? await lastPosition(redis) : undefined;
          if (page.length === 0 && comparePositions(last ?? FEED_START, position) < 0) position = FEED_START;
        } catch {
          if (isLost !== true) yield { kind: 'lost' };
          isLost = true;
        }
        await pause(READ_EVERY_MS, stop);
      }
    } finally {
      redis.disconnect();
    }
  }
}

async function lastPosition(redis: RedisConnection): Promise<string | undefined> {
  const [last] = await redis.xrevrange(FEED_STREAM_KEY, '+', '-', 'COUNT', 1);
  return last?.[0];
}

async function readAfter(redis: RedisConnection, position: string): Promise<{ id: string; tailed: Tailed }[]> {
  const page = await redis.xrange(FEED_STREAM_KEY, `(${position}`, '+', 'COUNT', PAGE);
  return page.map(([id, fields]) => ({ id, tailed: tailedFrom(id, fields) }));
}

function tailedFrom(position: string, fields: readonly string[]): Tailed {
  const named = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) named.set(fields[i] ?? '', fields[i + 1] ?? '');
  const [epoch, previous, json] = [named.get('epoch'), named.get('prev'), named.get('entry')];
  if (named.get('v') !== String(FEED_VERSION) || !epoch || !previous) return { kind: 'unreadable', position };
  if (json === undefined) return { kind: 'record', record: { position, previous, epoch } };
  const entry = entryFrom(json);
  return entry ? { kind: 'record', record: { position, previous, epoch, entry } } : { kind: 'unreadable', position };
}

function entryFrom(json: string) {
  try {
    return asRevocationEntry(JSON.parse(json));
  } catch {
    return undefined;
  }
}
