import { FEED_START } from '@gatehouse/contracts';
import { ACCESS_TOKEN_SECONDS, aCaller, sessionWorld } from '../../test/session-world.js';
import { SignOut } from '../sign-out/sign-out.js';
import { endRevokedSessions } from './end-revoked-sessions.js';

function aWorld() {
  const world = sessionWorld();
  const signOut = new SignOut(world.sessions, world.revokeSessions, world.refreshTokens, world.audit);
  const feed = async () => (await world.feedLog.readAfter(FEED_START, 100)).map(({ entry }) => entry?.value ?? 'beat');
  return { ...world, signOut, feed };
}

describe('a revocation', () => {
  it('is in the feed when it is acknowledged', async () => {
    const { open, signOut, feed } = aWorld();
    const { session } = await open();
    await signOut.run({ userId: session.userId, sessionId: session.id, ...aCaller });
    expect(await feed()).toEqual([session.id]);
  });

  it('ends the session as soon as its store is back, and only then counts as delivered', async () => {
    const { open, signOut, relay, sessions, setStoreAway, revocations } = aWorld();
    const { session } = await open();
    setStoreAway(true);
    await signOut.run({ userId: session.userId, sessionId: session.id, ...aCaller });
    expect(await revocations.countPending()).toBe(1);
    await relay.runOnce();
    expect(await revocations.countPending()).toBe(1);
    setStoreAway(false);
    expect(await sessions.find(session.userId, session.id)).toBeDefined();

    await relay.runOnce();
    expect(await sessions.find(session.userId, session.id)).toBeUndefined();
    expect(await revocations.countPending()).toBe(0);
  });

  it('does not let a session come back when the feed has forgotten it', async () => {
    const { open, signOut, relay, sessions, setStoreAway, clock } = aWorld();
    const { session } = await open({ idleTtlMs: 7 * 86_400_000, absoluteTtlMs: 7 * 86_400_000 });
    setStoreAway(true);
    await signOut.run({ userId: session.userId, sessionId: session.id, ...aCaller });
    // Longer than any access token, and so longer than the feed keeps an entry.
    clock.advance((ACCESS_TOKEN_SECONDS + 3_600) * 1000);
    setStoreAway(false);
    await relay.runOnce();
    expect(await sessions.find(session.userId, session.id)).toBeUndefined();
  });

  it('finds the owner of a session when its row does not tell', async () => {
    const { open, sessions } = aWorld();
    const { session } = await open();
    const entry = { id: 'r', scope: 'sid', value: session.id, cutoff: 0, untilMs: 9e15, reason: 'admin' } as const;
    await endRevokedSessions(sessions, [{ entry, userId: null }]);
    expect(await sessions.find(session.userId, session.id)).toBeUndefined();
  });

  it('of something else than a session ends none', async () => {
    const { open, sessions } = aWorld();
    const { session } = await open();
    const entry = { id: 'r', scope: 'jti', value: session.id, cutoff: 0, untilMs: 9e15, reason: 'admin' } as const;
    await endRevokedSessions(sessions, [{ entry, userId: session.userId }]);
    expect(await sessions.find(session.userId, session.id)).toBeDefined();
  });
});
