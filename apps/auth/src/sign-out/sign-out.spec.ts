import { randomBytes } from 'node:crypto';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { revocationUntilMs } from '@gatehouse/contracts';
import { ACCESS_TOKEN_SECONDS, aCaller, sessionWorld } from '../../test/session-world.js';
import { SessionNotOwned } from '../sessions/sessions.errors.js';
import { SignOut, type SignOutCommand } from './sign-out.js';

function aWorld() {
  const world = sessionWorld();
  const signOut = new SignOut(world.sessions, world.revokeSessions, world.refreshTokens, world.audit);
  const run = (command: Pick<SignOutCommand, 'userId' | 'sessionId'> & Partial<SignOutCommand>) =>
    signOut.run({ ...aCaller, ...command });
  return { ...world, run };
}

describe('signing out', () => {
  it('ends the session everywhere, and says under which id', async () => {
    const { open, run, sessions, revocations, audit, clock } = aWorld();
    const { session } = await open();
    const { userId, id } = session;
    const { sessionId, revocationId } = await run({ userId, sessionId: id });
    expect(sessionId).toBe(id);
    expect(revocations.given).toEqual([
      {
        userId,
        entry: {
          id: revocationId,
          scope: 'sid',
          value: id,
          cutoff: 0,
          untilMs: revocationUntilMs(clock.nowMs(), ACCESS_TOKEN_SECONDS),
          reason: 'user_signout',
        },
      },
    ]);
    expect(await sessions.find(userId, id)).toBeUndefined();
    expect(audit.events).toEqual([{ kind: 'signout', userId, sessionId: id, ...aCaller }]);
  });

  it('may be said twice', async () => {
    const { open, run } = aWorld();
    const { session } = await open();
    await run({ userId: session.userId, sessionId: session.id });
    await expect(run({ userId: session.userId, sessionId: session.id })).resolves.toMatchObject({
      sessionId: session.id,
    });
  });

  it('leaves other sessions alone', async () => {
    const { open, run, sessions } = aWorld();
    const { session } = await open();
    const other = (await open({ userId: session.userId })).session;
    await run({ userId: session.userId, sessionId: session.id });
    expect(await sessions.list(session.userId)).toMatchObject([{ id: other.id }]);
  });

  it('ends another session of the same person instead, when that one is named, also twice', async () => {
    const { open, run, sessions } = aWorld();
    const { session } = await open();
    const other = (await open({ userId: session.userId })).session;
    const command = { userId: session.userId, sessionId: session.id, otherSessionId: other.id };
    expect((await run(command)).sessionId).toBe(other.id);
    expect((await run(command)).sessionId).toBe(other.id);
    expect(await sessions.list(session.userId)).toMatchObject([{ id: session.id }]);
  });

  it('never ends somebody else’s session', async () => {
    const { open, run, sessions, revocations } = aWorld();
    const mine = (await open()).session;
    const theirs = (await open()).session;
    const unknown = 'f'.repeat(64);
    for (const otherSessionId of [theirs.id, unknown]) {
      await expect(run({ userId: mine.userId, sessionId: mine.id, otherSessionId })).rejects.toThrow(SessionNotOwned);
    }
    expect(revocations.given).toEqual([]);
    expect(await sessions.find(theirs.userId, theirs.id)).toBeDefined();
  });

  it('also ends the session of the refresh token that is handed in', async () => {
    const { open, run, sessions, revocations } = aWorld();
    const { session } = await open();
    const other = await open({ userId: session.userId });
    await run({ userId: session.userId, sessionId: session.id, refreshToken: other.refreshToken });
    expect(revocations.sessionIds.sort()).toEqual([session.id, other.session.id].sort());
    expect(await sessions.list(session.userId)).toEqual([]);
  });

  it('is not held up by a refresh token that is good for nothing', async () => {
    const { open, run, revocations } = aWorld();
    const mine = (await open()).session;
    const theirs = await open();
    const madeUp = `${theirs.session.id}.${randomBytes(32).toString('base64url')}`;
    for (const refreshToken of ['', 'rubbish', madeUp, theirs.refreshToken]) {
      await run({ userId: mine.userId, sessionId: mine.id, refreshToken });
    }
    expect(new Set(revocations.sessionIds)).toEqual(new Set([mine.id]));
  });
});

describe('signing out while something is away', () => {
  it('ends nobody’s session on the word of a made-up refresh token, though whose it is cannot be told', async () => {
    const { open, run, setStoreAway, revocations } = aWorld();
    const mine = (await open()).session;
    const theirs = (await open()).session;
    setStoreAway(true);
    const refreshToken = `${theirs.id}.${randomBytes(32).toString('base64url')}`;
    await run({ userId: mine.userId, sessionId: mine.id, refreshToken });
    expect(revocations.sessionIds).toEqual([mine.id]);
  });

  it('works without the session store', async () => {
    const { open, run, setStoreAway, revocations } = aWorld();
    const { session, refreshToken } = await open();
    setStoreAway(true);
    await run({ userId: session.userId, sessionId: session.id, refreshToken });
    expect(revocations.sessionIds).toEqual([session.id]);
  });

  it('says so when nothing could promise to keep it', async () => {
    const { open, run, revocations, audit } = aWorld();
    const { session } = await open();
    revocations.away = true;
    await expect(run({ userId: session.userId, sessionId: session.id })).rejects.toThrow(DatabaseUnavailable);
    expect(audit.events).toEqual([]);
    revocations.away = false;
    await expect(run({ userId: session.userId, sessionId: session.id })).resolves.toMatchObject({
      sessionId: session.id,
    });
  });

  it('of another session has to wait until it can be told whose that is', async () => {
    const { open, run, setStoreAway } = aWorld();
    const { session } = await open();
    const other = (await open({ userId: session.userId })).session;
    setStoreAway(true);
    const command = { userId: session.userId, sessionId: session.id, otherSessionId: other.id };
    await expect(run(command)).rejects.toThrow(SessionStoreUnavailable);
  });
});
