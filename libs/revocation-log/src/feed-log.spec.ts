import { FakeClock } from '@gatehouse/kernel/testing';
import { sharedRedisUrl, sleep, startRedis } from '@gatehouse/testing';
import { Redis } from 'ioredis';
import { closeFeeds, feedOn } from '../test/feed-on-redis.js';
import { MemoryFeedLog } from './memory/index.js';
import { anEntry, describeFeedLog } from './testing/index.js';

afterAll(closeFeeds);

describeFeedLog('memory', async () => {
  const log = new MemoryFeedLog(new FakeClock());
  return { writers: [log, log], settle: async () => undefined };
});

describeFeedLog('redis', async () => {
  closeFeeds();
  const url = await sharedRedisUrl();
  const client = new Redis(url);
  await client.del('rev:log', '{rev:log}:epoch');
  client.disconnect();
  return { writers: [await feedOn(url), await feedOn(url)], settle: () => sleep(50) };
});

describe('the feed in Redis', () => {
  beforeEach(closeFeeds);

  it('forgets records older than it must keep', async () => {
    const server = await startRedis({ args: ['--stream-node-max-entries', '1'] });
    const log = await feedOn(server.url);
    await log.openEpoch('e1');
    await log.append('e1', [anEntry(), anEntry(), anEntry()], 60_000);
    await sleep(30);
    await log.beat('e1', 10);
    expect((await log.readAfter('0-0', 10)).length).toBeLessThan(4);
    closeFeeds();
    await server.kill();
  });

  it('passes over what is nobody’s record, keeps the place of what it cannot read, and neither ends nor has a hole there', async () => {
    const server = await startRedis();
    const log = await feedOn(server.url);
    await log.openEpoch('e1');
    const append = async () => {
      const outcome = await log.append('e1', [anEntry()], 60_000);
      if (outcome.kind !== 'appended') throw new Error();
      return outcome.records[0]!;
    };
    const add = async (...fields: string[]) => String(await server.command('XADD', 'rev:log', '*', ...fields));
    const place = (position: string, previous: string) => ({ position, previous, epoch: 'e1' });
    const inPlace = (position: string) => ['epoch', 'e1', 'prev', position];

    const first = await append();
    const foreign = await add('hello', 'there');
    const newer = await add('v', '2', ...inPlace(foreign));
    const broken = await add('v', '1', ...inPlace(newer), 'entry', '{');
    const poor = await add('v', '1', ...inPlace(broken), 'entry', '{"scope":"sid"}');
    const last = await append();
    const readable = [
      first,
      { ...place(newer, first.position), unreadable: true },
      { ...place(broken, newer), unreadable: true },
      { ...place(poor, broken), unreadable: true },
      last,
    ];
    expect(await log.readAfter('0-0', 10)).toEqual(readable);
    // A page is full although it begins with what is passed over.
    expect(await log.readAfter(first.position, 1)).toEqual([readable[1]]);
    expect(await log.readAfter(first.position, 4)).toEqual(readable.slice(1));
    closeFeeds();
    await server.kill();
  });

  it('says that it keeps what it acknowledges only if it does', async () => {
    const durable = await startRedis();
    expect(await (await feedOn(durable.url)).isDurable()).toBe(true);
    await durable.command('CONFIG', 'SET', 'appendonly', 'no');
    expect(await (await feedOn(durable.url)).isDurable()).toBe(false);
    closeFeeds();
    await durable.kill();
  });

  it('notices that somebody has trimmed what must still be kept, and is content once a new epoch is filled', async () => {
    const server = await startRedis();
    const log = await feedOn(server.url);
    await log.openEpoch('e1');
    await log.append('e1', [anEntry(), anEntry(), anEntry()], 60_000);
    await server.command('XTRIM', 'rev:log', 'MAXLEN', '1');
    expect(await log.beat('e1', 60_000)).toEqual({ kind: 'epoch-mismatch', epoch: 'e1' });
    // What is older than it must be kept is no loss.
    await sleep(30);
    expect((await log.beat('e1', 10)).kind).toBe('appended');
    await log.openEpoch('e2', 'e1');
    expect((await log.append('e2', [anEntry()], 60_000)).kind).toBe('appended');
    expect((await log.beat('e2', 60_000)).kind).toBe('appended');
    closeFeeds();
    await server.kill();
  });

  it('notices that it has lost records it once confirmed, as after a failover', async () => {
    const server = await startRedis();
    const log = await feedOn(server.url);
    await log.openEpoch('e1');
    const outcome = await log.append('e1', [anEntry(), anEntry()], 60_000);
    if (outcome.kind !== 'appended') throw new Error();
    await server.command('XDEL', 'rev:log', outcome.records[1]!.position);
    expect(await log.append('e1', [anEntry()], 60_000)).toEqual({ kind: 'epoch-mismatch', epoch: 'e1' });
    expect(await log.beat('e1', 60_000)).toEqual({ kind: 'epoch-mismatch', epoch: 'e1' });
    closeFeeds();
    await server.kill();
  });
});
