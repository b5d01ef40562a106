import { sessionWorld } from '../../test/session-world.js';
import { ActivityRecorder } from './activity-recorder.js';

async function aWorld(maxSessions?: number) {
  const world = sessionWorld();
  const recorder = new ActivityRecorder(world.sessions, world.clock, maxSessions);
  const { session } = await world.open();
  const note = (ipAddress = '192.0.2.1') => recorder.note(session.userId, session.id, ipAddress);
  const found = () => world.sessions.find(session.userId, session.id);
  return { ...world, recorder, session, note, found };
}

describe('activity', () => {
  it('is reported in one batch, and once', async () => {
    const { recorder, note, found, clock } = await aWorld();
    note();
    clock.advance(1_000);
    note('192.0.2.7');
    expect((await found())?.requestCount).toBe(0);
    await recorder.flush();
    await recorder.flush();
    expect(await found()).toMatchObject({
      requestCount: 2,
      lastRequestAtMs: clock.nowMs(),
      ipAddresses: ['192.0.2.1', '192.0.2.7'],
    });
  });

  it('waits while the store is away, and adds up', async () => {
    const { recorder, note, found, setStoreAway } = await aWorld();
    note();
    setStoreAway(true);
    await recorder.flush();
    note();
    await recorder.flush();
    setStoreAway(false);
    await recorder.flush();
    expect((await found())?.requestCount).toBe(2);
  });

  it('brings no ended session back', async () => {
    const { recorder, note, found, sessions, session } = await aWorld();
    note();
    await sessions.end(session.userId, session.id);
    await recorder.flush();
    expect(await found()).toBeUndefined();
  });

  it('takes a bounded amount of memory: what does not fit is not counted', async () => {
    const { recorder, note, found, open, sessions } = await aWorld(1);
    const { session: other } = await open();
    const counts = async () => [
      (await found())?.requestCount,
      (await sessions.find(other.userId, other.id))?.requestCount,
    ];
    note();
    recorder.note(other.userId, other.id, '192.0.2.1');
    expect(recorder.droppedRequests).toBe(1);
    await recorder.flush();
    expect(await counts()).toEqual([1, 0]);
    recorder.note(other.userId, other.id, '192.0.2.1');
    await recorder.flush();
    expect(await counts()).toEqual([1, 1]);
  });

  it('reports one batch after the other', async () => {
    const { recorder, note, found } = await aWorld();
    const flushes = [];
    for (let i = 0; i < 20; i++) {
      note();
      flushes.push(recorder.flush());
    }
    await Promise.all(flushes);
    expect((await found())?.requestCount).toBe(20);
  });
});
