import { FEED_START, type FeedRecord } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { ScriptedLog } from '../../../test/scripted-log.js';
import { CAUGHT_UP, followFeed, type FollowOptions, SlowReader } from './follow-feed.js';

type Event = FeedRecord | typeof CAUGHT_UP;

describe('following the feed', () => {
  let log: ScriptedLog;
  let ending: AbortController;

  beforeEach(() => {
    log = new ScriptedLog();
    ending = new AbortController();
  });
  afterEach(() => ending.abort());

  const follow = (from = FEED_START, options?: FollowOptions) => followFeed(log, from, ending.signal, options);
  const told = (event: Event) => (event === CAUGHT_UP ? '|' : (event.entry?.value ?? 'beat'));

  /** The next `count` events, as the values of their entries. */
  async function take(events: AsyncGenerator<Event, void>, count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const { value } = await events.next();
      if (!value) throw new Error(`ended after ${taken.join()}`);
      taken.push(told(value));
    }
    return taken;
  }

  it('tells the history, then that it is over, then the news', async () => {
    log.add('a');
    log.add();
    const events = follow();
    expect(await take(events, 3)).toEqual(['a', 'beat', '|']);
    log.add('b');
    log.add('c');
    expect(await take(events, 2)).toEqual(['b', 'c']);
  });

  it('begins after the position it is given', async () => {
    log.add('a');
    const position = log.add('b');
    log.add('c');
    expect(await take(follow(position), 2)).toEqual(['c', '|']);
  });

  it('leaves nothing out and tells nothing twice, whatever is appended while the history is read', async () => {
    for (let i = 0; i < 1_200; i++) log.add(`h${i}`);
    let appended = 0;
    log.beforeRead = () => {
      if (appended < 7) log.add(`during-${appended++}`);
    };
    const events = follow();
    const history = await take(events, 1_203);
    log.add('after');
    const all = [...history, ...(await take(events, 2))].filter((value) => value !== '|');
    expect(all.slice(0, 1_200)).toEqual(Array.from({ length: 1_200 }, (_, i) => `h${i}`));
    expect(all.slice(1_200)).toEqual([...Array.from({ length: appended }, (_, i) => `during-${i}`), 'after']);
  });

  it('fills a hole from the log', async () => {
    const events = follow();
    expect(await take(events, 1)).toEqual(['|']);
    log.add('a');
    log.losesNotices = true;
    log.add('lost-1');
    log.add('lost-2');
    log.losesNotices = false;
    log.add('b');
    expect(await take(events, 4)).toEqual(['a', 'lost-1', 'lost-2', 'b']);
  });

  it('asks the log when it is suspiciously quiet', async () => {
    const events = follow(FEED_START, { quietMs: 20 });
    await take(events, 1);
    log.losesNotices = true;
    const next = take(events, 1);
    log.add('never announced');
    expect(await next).toEqual(['never announced']);
  });

  it.each([
    ['goes on', 1_000_000],
    ['went back', 10],
  ])('reads another life of the log from its start, where the clock %s', async (_what, ms) => {
    log.add('old');
    const events = follow();
    expect(await take(events, 2)).toEqual(['old', '|']);
    log.restart('epoch-2', ms);
    log.losesNotices = true;
    log.add('replayed');
    log.losesNotices = false;
    log.add();
    expect(await take(events, 2)).toEqual(['replayed', 'beat']);
  });

  it('finds its way into another life whose clock is behind the position it was given', async () => {
    log.restart('epoch-2', 10);
    log.add('replayed');
    const events = follow('999999-0');
    expect(await take(events, 1)).toEqual(['|']);
    log.add('news');
    expect(await take(events, 2)).toEqual(['replayed', 'news']);
  });

  it('fails when the log does not answer', async () => {
    log.away = true;
    await expect(follow().next()).rejects.toThrow(SessionStoreUnavailable);
    expect(log.listening).toBe(0);
  });

  it('gives up a reader that does not keep up', async () => {
    const events = follow(FEED_START, { maxWaiting: 3 });
    await take(events, 1);
    for (let i = 0; i < 4; i++) log.add(`n${i}`);
    await expect(events.next()).rejects.toThrow(SlowReader);
    expect(log.listening).toBe(0);
  });

  it('ends when it is told to, and listens no more', async () => {
    const events = follow();
    await take(events, 1);
    const next = events.next();
    ending.abort();
    expect((await next).done).toBe(true);
    expect(log.listening).toBe(0);
  });
});
