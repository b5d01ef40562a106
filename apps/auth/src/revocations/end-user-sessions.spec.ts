import { FEED_START } from '@gatehouse/contracts';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { aNewUser } from '../../test/user-repository.conformance.js';
import { sessionWorld } from '../../test/session-world.js';

async function aWorld() {
  const world = sessionWorld();
  const user = await world.users.create(aNewUser());
  const openFor = async (userId: number, generation = 0) => (await world.open({ userId, generation })).session;
  const open = (generation?: number) => openFor(user.id, generation);
  const live = async () => (await world.sessions.list(user.id)).map(({ id }) => id);
  const feed = async () =>
    (await world.feedLog.readAfter(FEED_START, 100)).flatMap(({ entry }) => (entry ? [entry] : []));
  const end = (keepSessionId?: string) =>
    world.endUserSessions.run({ userId: user.id, keepSessionId, reason: 'password_changed' });
  return { ...world, userId: user.id, openFor, open, live, feed, end };
}

describe('ending the sessions of a user', () => {
  it('ends all but the one to keep, whose tokens stay good', async () => {
    const { open, end, live, feed, users, userId } = await aWorld();
    const [kept, other] = [await open(), await open()];
    expect(await end(kept.id)).toEqual({ revocationId: expect.any(String), ended: 1 });
    expect(await live()).toEqual([kept.id]);
    expect(await feed()).toMatchObject([{ scope: 'sid', value: other.id, reason: 'password_changed' }]);
    expect((await users.findById(userId))!.tokenGeneration).toBe(kept.generation);
  });

  it('refuses a session that is being opened meanwhile, where none is to stay', async () => {
    const { open, end, live, feed, userId } = await aWorld();
    const session = await open();
    await end();
    expect(await live()).toEqual([]);
    expect(await feed()).toMatchObject([
      { scope: 'sid', value: session.id },
      { scope: 'sub', value: String(userId), cutoff: session.generation + 1 },
    ]);
  });

  it('leaves the sessions of others alone', async () => {
    const { open, end, users, sessions, openFor } = await aWorld();
    const somebodyElse = await users.create(aNewUser());
    const theirs = await openFor(somebodyElse.id);
    await open();
    await end();
    expect(await sessions.find(somebodyElse.id, theirs.id)).toBeDefined();
  });

  it('with the store away is in force all the same, and ends the sessions as soon as the store is back', async () => {
    const { open, end, live, feed, setStoreAway, revocations, relay } = await aWorld();
    const [kept] = [await open(), await open()];
    setStoreAway(true);
    expect(await end(kept.id)).toMatchObject({ ended: 0 });
    expect(await feed()).toMatchObject([{ scope: 'sub', cutoff: kept.generation + 1 }]);
    expect(await revocations.countPending()).toBe(1);
    expect(relay.admitted()).toBe(false);
    setStoreAway(false);
    await relay.runOnce();
    expect(await live()).toEqual([]);
    expect(relay.admitted()).toBe(true);
  });

  it('lets a session live that was opened since, although the entry is delivered late or again', async () => {
    const { open, end, live, setStoreAway, relay, users, userId } = await aWorld();
    await open();
    setStoreAway(true);
    await end();
    setStoreAway(false);
    const fresh = await open((await users.findById(userId))!.tokenGeneration);
    await relay.runOnce();
    expect(await live()).toEqual([fresh.id]);
  });

  it('with the database away ends the sessions that are known, as far as Redis can promise it', async () => {
    const { open, end, live, users, revocations } = await aWorld();
    await open();
    jest.spyOn(users, 'change').mockRejectedValue(new DatabaseUnavailable('away'));
    expect(await end()).toMatchObject({ ended: 1 });
    expect(await live()).toEqual([]);
    expect(revocations.given.map(({ entry }) => entry.scope)).toEqual(['sid']);
  });

  it('promises nothing with the database and the store away', async () => {
    const { open, end, users, setStoreAway } = await aWorld();
    await open();
    jest.spyOn(users, 'change').mockRejectedValue(new DatabaseUnavailable('away'));
    setStoreAway(true);
    await expect(end()).rejects.toThrow(DatabaseUnavailable);
  });
});

describe('other rights', () => {
  const roleChanged = (userId: number, cutoff: number) => ({
    entry: {
      id: `r${cutoff}`,
      scope: 'sub',
      value: String(userId),
      cutoff,
      untilMs: 9e15,
      reason: 'role_changed',
    } as const,
    userId,
  });

  it('reach the sessions of the user, which stay', async () => {
    const { open, live, users, userId, sessions, writer } = await aWorld();
    const session = await open();
    const user = await users.change(userId, { roles: ['user', 'support'] });
    await writer.revoke([roleChanged(userId, user!.tokenGeneration)]);
    expect(await live()).toEqual([session.id]);
    expect(await sessions.find(userId, session.id)).toMatchObject({ roles: ['user', 'support'], generation: 1 });
  });

  it('do not save a session whose end is still waiting to be delivered', async () => {
    const { open, live, end, users, userId, setStoreAway, writer } = await aWorld();
    await open();
    setStoreAway(true);
    await end();
    setStoreAway(false);
    // Overtakes: delivered by the request that makes it, while the earlier entry waits for the relay.
    const user = await users.change(userId, { roles: ['user', 'admin'] });
    await writer.revoke([roleChanged(userId, user!.tokenGeneration)]);
    expect(await live()).toEqual([]);
  });

  it('end the sessions of somebody who may no longer sign in', async () => {
    const { open, live, users, userId, writer } = await aWorld();
    await open();
    const user = await users.change(userId, { disabledAtMs: 1 });
    await writer.revoke([roleChanged(userId, user!.tokenGeneration)]);
    expect(await live()).toEqual([]);
  });
});
