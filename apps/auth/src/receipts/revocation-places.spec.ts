import { FEED_START, revocationUntilMs, type FeedRecord } from '@gatehouse/contracts';
import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryFeedLog } from '@gatehouse/revocation-log/memory';
import { anEntry, aRow } from '@gatehouse/revocation-log/testing';
import { RevocationPlaces, type SearchLimits } from './revocation-places.js';

const TOKEN_SECONDS = 900;
const KEEP_MS = 3_600_000;

/** Counts how much of the log is read. */
class CountingLog extends MemoryFeedLog {
  pages = 0;
  override async readAfter(position: string, limit: number): Promise<FeedRecord[]> {
    this.pages += 1;
    return super.readAfter(position, limit);
  }
}

function aWorld(limits?: SearchLimits) {
  const clock = new FakeClock();
  const log = new CountingLog(clock);
  const places = new RevocationPlaces(log, TOKEN_SECONDS, limits);
  const written = (given: Parameters<typeof aRow>[0] = {}) =>
    aRow({ untilMs: revocationUntilMs(clock.nowMs(), TOKEN_SECONDS), ...given });
  const append = async (epoch: string, ...rows: ReturnType<typeof aRow>[]) => {
    const outcome = await log.append(
      epoch,
      rows.map(({ entry }) => entry),
      KEEP_MS,
    );
    if (outcome.kind !== 'appended') throw new Error('another life');
    return outcome.records.map(({ position }) => position);
  };
  /** What others write meanwhile. */
  const noise = async (epoch: string, count: number) => {
    await log.append(
      epoch,
      Array.from({ length: count }, () => anEntry()),
      KEEP_MS,
    );
  };
  return { clock, log, places, written, append, noise };
}

describe('the place of a revocation in the feed', () => {
  it('is that of its last entry', async () => {
    const { log, places, written, append, noise } = aWorld();
    await log.openEpoch('e1');
    const first = written();
    const second = written({ id: first.entry.id });
    await append('e1', first);
    await noise('e1', 3);
    const [position] = await append('e1', second);
    await append('e1', first);
    expect(await places.find([first, second])).toEqual({ epoch: 'e1', position });
  });

  it('is unknown until all of it is there', async () => {
    const { log, places, written, append } = aWorld();
    const rows = [written()];
    rows.push(written({ id: rows[0]!.entry.id }));
    expect(await places.find(rows)).toBeUndefined();
    await log.openEpoch('e1');
    expect(await places.find(rows)).toBeUndefined();
    await append('e1', rows[0]!);
    expect(await places.find(rows)).toBeUndefined();
    const [position] = await append('e1', rows[1]!);
    expect(await places.find(rows)).toEqual({ epoch: 'e1', position });
    expect(await places.find([])).toBeUndefined();
  });

  it('is another one in another life of the log, and none before it is replayed there', async () => {
    const { log, places, written, append, clock } = aWorld();
    await log.openEpoch('e1');
    const row = written();
    await append('e1', row);
    expect(await places.find([row])).toMatchObject({ epoch: 'e1' });
    clock.advance(5_000);
    await log.openEpoch('e2', 'e1');
    expect(await places.find([row])).toBeUndefined();
    const [position] = await append('e2', row);
    expect(await places.find([row])).toEqual({ epoch: 'e2', position });
  });

  it('is found although the clocks are hours apart', async () => {
    const { log, places, written, append, clock } = aWorld();
    await log.openEpoch('e1');
    const row = written({ untilMs: revocationUntilMs(clock.nowMs() + 7_200_000, TOKEN_SECONDS) });
    const [position] = await append('e1', row);
    clock.advance(10_000_000);
    await log.beat('e1', 1e9);
    expect(await places.find([row])).toEqual({ epoch: 'e1', position });
  });

  it('is looked for from when it was written, not through all that was there before', async () => {
    const { log, places, written, append, noise, clock } = aWorld();
    await log.openEpoch('e1');
    await noise('e1', 5_000);
    clock.advance(600_000);
    const row = written();
    const [position] = await append('e1', row);
    expect(await places.find([row])).toEqual({ epoch: 'e1', position });
    expect(log.pages).toBe(1);
    await places.find([row]);
    expect(log.pages).toBe(1);
  });

  it('is not looked for twice in the same records', async () => {
    const { log, places, written, noise } = aWorld();
    await log.openEpoch('e1');
    const row = written();
    await noise('e1', 3_500);
    await places.find([row]);
    const before = log.pages;
    await places.find([row]);
    await places.find([row]);
    expect(log.pages - before).toBeLessThanOrEqual(4);
  });

  it('is found in the end in a log that is too long for one question', async () => {
    const { log, places, written, append, noise } = aWorld({ page: 10, maxPages: 40, maxSearches: 9 });
    await log.openEpoch('e1');
    const row = written();
    await noise('e1', 1_000);
    const [position] = await append('e1', row);
    const answers = [];
    let most = 0;
    for (let i = 0; i < 4; i++) {
      const before = log.pages;
      answers.push(await places.find([row]));
      most = Math.max(most, log.pages - before);
    }
    expect(answers[0]).toBeUndefined();
    expect(answers.at(-1)).toEqual({ epoch: 'e1', position });
    expect(most).toBeLessThanOrEqual(40);
  });

  it('is remembered for many, not for all', async () => {
    const { log, places, written, append } = aWorld({ page: 10, maxPages: 40, maxSearches: 9 });
    await log.openEpoch('e1');
    const rows = Array.from({ length: 30 }, () => written());
    await append('e1', ...rows);
    for (const row of rows) expect((await places.find([row]))?.position).not.toBe(FEED_START);
    const held = (places as unknown as { searches: Map<string, unknown> }).searches;
    expect(held.size).toBeLessThanOrEqual(9);
  });
});
