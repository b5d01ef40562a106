import { SessionStoreUnavailable } from '@gatehouse/failures';
import { sessionWorld } from '../../test/session-world.js';
import { InvalidSessionId, SessionNotOwned } from '../sessions/sessions.errors.js';
import { SessionExpired } from './access.errors.js';
import { SessionPresence } from './session-presence.js';

function aWorld() {
  const world = sessionWorld();
  const presence = new SessionPresence(world.sessions);
  const check = (userId: number, sessionId: string, namedSessionId?: string) =>
    presence.check({ userId, sessionId, namedSessionId });
  return { ...world, check };
}

describe('a good token', () => {
  it('is let in while its session is live, and brings the session along', async () => {
    const { open, check } = aWorld();
    const { session } = await open();
    expect(await check(session.userId, session.id)).toEqual(session);
  });

  it('is refused once its session has ended or was left idle, though no revocation says so', async () => {
    const { open, check, sessions, clock } = aWorld();
    const { session } = await open();
    const idle = (await open({ idleTtlMs: 1_000 })).session;
    await sessions.end(session.userId, session.id);
    clock.advance(1_001);
    await expect(check(session.userId, session.id)).rejects.toThrow(SessionExpired);
    await expect(check(idle.userId, idle.id)).rejects.toThrow(SessionExpired);
  });

  it('is refused for a session of somebody else', async () => {
    const { open, check } = aWorld();
    const { session } = await open();
    await expect(check(session.userId + 1, session.id)).rejects.toThrow(SessionExpired);
  });

  it('is let in on the word of the revocation list alone while the store is away', async () => {
    const { open, check, setStoreAway } = aWorld();
    const { session } = await open();
    setStoreAway(true);
    expect(await check(session.userId, session.id)).toBeUndefined();
  });
});

describe('X-Session-ID', () => {
  it('may name the token’s own session or another live one of the same person', async () => {
    const { open, check } = aWorld();
    const { session } = await open();
    const other = (await open({ userId: session.userId })).session;
    expect(await check(session.userId, session.id, session.id)).toEqual(session);
    expect(await check(session.userId, session.id, other.id)).toEqual(session);
  });

  it('is refused when it names somebody else’s session or none', async () => {
    const { open, check } = aWorld();
    const mine = (await open()).session;
    const theirs = (await open()).session;
    await expect(check(mine.userId, mine.id, theirs.id)).rejects.toThrow(SessionNotOwned);
    await expect(check(mine.userId, mine.id, 'f'.repeat(64))).rejects.toThrow(SessionNotOwned);
  });

  it.each(['', 'abc', 'F'.repeat(64), `${'a'.repeat(64)}\n`, '*'])('is refused when it is %j', async (named) => {
    const { open, check } = aWorld();
    const { session } = await open();
    await expect(check(session.userId, session.id, named)).rejects.toThrow(InvalidSessionId);
  });

  it('grants nothing while nobody can tell whose it is', async () => {
    const { open, check, setStoreAway } = aWorld();
    const { session } = await open();
    const other = (await open({ userId: session.userId })).session;
    setStoreAway(true);
    await expect(check(session.userId, session.id, other.id)).rejects.toThrow(SessionStoreUnavailable);
    expect(await check(session.userId, session.id, session.id)).toBeUndefined();
  });
});
