import { createTestIssuer } from '@gatehouse/session-validator/testing';
import { startRedis } from '../../../libs/testing/dist/index.js';
import { runCell } from '../../harness/cell.mjs';
import { openFeedWriter } from '../../harness/feed-writer.mjs';
import { SUBJECT } from '../../harness/placement.mjs';
import { measureInRounds, median, ratio } from '../../harness/rounds.mjs';

const cell = new URL('./catch-up-cell.mjs', import.meta.url);
/** Rounds of a slow machine end here; a run with too few of them does not count. */
const BUDGET_MS = 240_000;

/**
 * A validator that starts beside a log full of live revocations: time until its list is whole, against reading the same log
 * with XREAD and doing nothing with it. Each reading is a process of its own.
 */
export async function measureCatchUp({ quick, log }) {
  const entries = quick ? 5_000 : 1_000_000;
  const redis = await startRedis({ args: ['--appendonly', 'no'] });
  const writer = openFeedWriter(redis.url);
  const issuer = createTestIssuer();
  try {
    await writer.publishKeys(issuer.keyBundle());
    log(`  writing ${entries} entries`);
    await writer.fill(entries);
    await writer.beat();
    const input = { redisUrl: redis.url, trustAnchor: issuer.trustAnchor, entries };
    const stalls = [];
    const read = (reader) => async () => {
      const { ms, longestStallMs } = await runCell(cell, { ...input, reader }, { core: SUBJECT, timeLimitMs: 60_000 });
      if (reader === 'validator') stalls.push(longestStallMs);
      return ms;
    };
    const contenders = { bare: read('bare'), validator: read('validator'), bareAgain: read('bare') };
    const all = await measureInRounds(contenders, {
      rounds: quick ? 1 : 8,
      deadlineMs: performance.now() + BUDGET_MS,
      onRound: (round, { bare, validator }) =>
        log(`  round ${round}: bare ${bare | 0} ms, validator ${validator | 0} ms`),
    });
    return {
      entries,
      rounds: all.length,
      bareMs: median(all.map(({ bare }) => bare)),
      validatorMs: median(all.map(({ validator }) => validator)),
      toBare: ratio(all, 'validator', 'bare'),
      longestStallMs: median(stalls),
      worstStallMs: Math.max(...stalls),
      control: ratio(all, 'bareAgain', 'bare'),
    };
  } finally {
    writer.close();
    await redis.kill();
  }
}
