import { ACTIVITY_MAX_AGO_MS, ACTIVITY_MAX_REQUESTS } from '@gatehouse/contracts';
import { aBatch, someActivity } from '../../test/activity.js';
import { sessionWorld } from '../../test/session-world.js';
import { ActivityRecorder } from '../access/activity-recorder.js';
import { MemoryActivityInbox } from './adapters/memory-activity-inbox.js';
import { FoldActivity } from './fold-activity.js';

async function aWorld() {
  const world = sessionWorld();
  const inbox = new MemoryActivityInbox(world.clock);
  const recorder = new ActivityRecorder(world.sessions, world.clock);
  const counted: Record<string, number> = {};
  const figures = {
    count: (outcome: string, batches: number) => (counted[outcome] = (counted[outcome] ?? 0) + batches),
  };
  const fold = new FoldActivity(inbox, recorder, world.clock, figures);
  const { session } = await world.open();
  const of = (given: Parameters<typeof someActivity>[0] = {}) =>
    someActivity({ userId: session.userId, sessionId: session.id, ...given });
  const found = () => world.sessions.find(session.userId, session.id);
  return { ...world, inbox, recorder, counted, fold, session, of, found };
}

describe('what services have counted', () => {
  it('is added to the session, from all services', async () => {
    const { inbox, fold, of, found, session, clock, counted } = await aWorld();
    clock.advance(30_000);
    await inbox.post(aBatch({ sessions: [of({ requests: 3, agoMs: 4_000, ipAddresses: ['192.0.2.1'] })] }));
    await inbox.post(aBatch({ sessions: [of({ requests: 5, agoMs: 1_000, ipAddresses: ['2001:db8::1'] })] }));
    await fold.run();
    await fold.run();
    const usedAtMs = session.createdAtMs + 29_000;
    expect(await found()).toMatchObject({
      requestCount: 8,
      lastRequestAtMs: usedAtMs,
      lastAccessAtMs: usedAtMs,
      ipAddresses: expect.arrayContaining(['192.0.2.1', '2001:db8::1']) as unknown,
    });
    expect((await found())?.idleExpiresAtMs).toBe(
      Math.min(session.idleExpiresAtMs + 29_000, session.absoluteExpiresAtMs),
    );
    expect(counted).toMatchObject({ folded: 2, duplicate: 0, unreadable: 0, lost: 0 });
  });

  it('waits in this process while the store is away, and is added once', async () => {
    const { inbox, fold, of, found, setStoreAway, recorder } = await aWorld();
    await inbox.post(aBatch({ sessions: [of({ requests: 3 })] }));
    setStoreAway(true);
    await fold.run();
    setStoreAway(false);
    await recorder.flush();
    await fold.run();
    expect((await found())?.requestCount).toBe(3);
  });

  it('is taken page by page, and all of it', async () => {
    const { inbox, fold, of, found } = await aWorld();
    for (let i = 0; i < 120; i++) await inbox.post(aBatch({ sessions: [of()] }));
    await fold.run();
    expect((await found())?.requestCount).toBe(120);
  });

  it('does not keep us folding for ever', async () => {
    const { inbox, recorder, clock, counted, of } = await aWorld();
    const never = new FoldActivity(
      Object.assign(inbox, {
        take: async () => ({
          batches: [{ batch: aBatch({ sessions: [of()] }), arrivedAtMs: clock.nowMs() }],
          duplicates: 0,
          unreadable: 0,
          lost: 0,
          more: true,
        }),
      }),
      recorder,
      clock,
      { count: (outcome, batches) => (counted[outcome] = (counted[outcome] ?? 0) + batches) },
    );
    await never.run();
    expect(counted['folded']).toBeLessThanOrEqual(20);
  });
});

describe('a service that lies', () => {
  it('keeps no session past its absolute end', async () => {
    const { inbox, fold, of, found, session, clock } = await aWorld();
    for (let i = 0; i < 1_000 && (await found()); i++) {
      clock.advance(Math.floor((session.idleExpiresAtMs - session.createdAtMs) / 2));
      await inbox.post(aBatch({ sessions: [of({ requests: ACTIVITY_MAX_REQUESTS })] }));
      await fold.run();
      expect((await found())?.idleExpiresAtMs ?? 0).toBeLessThanOrEqual(session.absoluteExpiresAtMs);
    }
    expect(clock.nowMs()).toBeGreaterThanOrEqual(session.absoluteExpiresAtMs);
    expect(await found()).toBeUndefined();
  });

  it('brings back no session that has ended, and makes none', async () => {
    const { inbox, fold, of, found, sessions, session } = await aWorld();
    await sessions.end(session.userId, session.id);
    const made = someActivity({ userId: session.userId });
    await inbox.post(aBatch({ sessions: [of(), made] }));
    await fold.run();
    expect(await found()).toBeUndefined();
    expect(await sessions.list(session.userId)).toEqual([]);
  });

  it('changes no session under the name of somebody else', async () => {
    const { inbox, fold, of, found, session } = await aWorld();
    await inbox.post(aBatch({ sessions: [of({ userId: session.userId + 1, requests: 100 })] }));
    await fold.run();
    expect(await found()).toEqual(session);
  });

  it('dates no request into the future, and with the past changes nothing but the count', async () => {
    const { inbox, fold, of, found, session, clock } = await aWorld();
    const ahead = aBatch({ sessions: [of()] });
    await inbox.post(ahead);
    // The clock of the inbox is ahead of ours.
    clock.advance(-10_000);
    await fold.run();
    expect((await found())?.lastRequestAtMs).toBe(clock.nowMs());
    clock.advance(10_000);
    await inbox.post(aBatch({ sessions: [of({ agoMs: ACTIVITY_MAX_AGO_MS })] }));
    const before = await found();
    await fold.run();
    expect(await found()).toEqual({ ...before, requestCount: 2 });
    expect(session.createdAtMs).toBe(before?.createdAtMs);
  });

  it('writes nothing into the list of addresses that is none', async () => {
    const { inbox, fold, of, found, session } = await aWorld();
    await inbox.post(aBatch({ sessions: [of({ ipAddresses: ['1.2.3', 'dead', '::ffff:1.2.3.4:', '203.0.113.9'] })] }));
    await fold.run();
    expect((await found())?.ipAddresses).toEqual([session.ipAddress, '203.0.113.9']);
  });
});
