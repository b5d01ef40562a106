import { FEED_START, FEED_STREAM_KEY } from '@gatehouse/contracts';
import { createSessionValidator } from '@gatehouse/session-validator';
import { Redis } from 'ioredis';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { answer, readInput } from '../../harness/cell.mjs';

const { reader, redisUrl, trustAnchor, entries } = await readInput();
const delay = monitorEventLoopDelay({ resolution: 1 });
// Loading the modules above held the loop up; that is not part of it.
await new Promise((resolve) => setTimeout(resolve, 50));
delay.enable();
const startedMs = performance.now();
if (reader === 'bare') await readBare();
else await readWithValidator();
const ms = performance.now() - startedMs;
// A stall is noted when the loop comes round again.
await new Promise((resolve) => setTimeout(resolve, 20));
delay.disable();
answer({ ms, longestStallMs: delay.max / 1e6 });

async function readBare() {
  const redis = new Redis(redisUrl);
  let count = 0;
  for (let last = FEED_START; ;) {
    const answered = await redis.xread('COUNT', 1_000, 'STREAMS', FEED_STREAM_KEY, last);
    if (!answered) break;
    const records = answered[0][1];
    count += records.length;
    last = records.at(-1)[0];
  }
  if (count < entries) throw new Error(`${count} of ${entries} records were read`);
}

async function readWithValidator() {
  const validator = createSessionValidator({ redisUrl, trustAnchor });
  if (!(await validator.ready(60_000))) throw new Error('the list was not whole in time');
  const { replicaEntries } = validator.metrics();
  if (replicaEntries !== entries) throw new Error(`the list holds ${replicaEntries} of ${entries} entries`);
}
