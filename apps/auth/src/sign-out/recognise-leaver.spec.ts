import { randomBytes } from 'node:crypto';
import type { Verdict } from '@gatehouse/session-validator';
import { sessionWorld } from '../../test/session-world.js';
import { Forbidden, SessionExpired } from '../access/access.errors.js';
import type { OwnToken, OwnTokens } from '../access/own-tokens.js';
import { SessionPresence } from '../access/session-presence.js';
import { InvalidSessionId } from '../sessions/sessions.errors.js';
import { RecogniseLeaver } from './recognise-leaver.js';

async function aWorld(reason?: 'TOKEN_EXPIRED' | 'TOKEN_INVALID' | 'SESSION_REVOKED' | 'FEED_STALE', actorId?: number) {
  const world = sessionWorld();
  const { session } = await world.open();
  const own: OwnToken = { userId: session.userId, sessionId: session.id };
  const ownTokens: Pick<OwnTokens, 'read'> = { read: (token) => (token === 'ours' ? own : undefined) };
  const verdict = (reason ? { ok: false, reason, message: '' } : { ok: true, principal: { actorId } }) as Verdict;
  const judge = { validateAccessToken: async () => verdict };
  const leaver = new RecogniseLeaver(
    ownTokens as OwnTokens,
    judge,
    new SessionPresence(world.sessions),
    world.sessions,
    world.refreshTokens,
  );
  return { ...world, leaver, session, own };
}

describe('whoever wants to sign out', () => {
  it.each(['TOKEN_EXPIRED', 'SESSION_REVOKED', 'FEED_STALE', undefined] as const)(
    'may, with a token of ours that is %s',
    async (reason) => {
      const { leaver, own, session } = await aWorld(reason);
      expect(await leaver.run('ours', undefined)).toEqual(own);
      expect(await leaver.run('ours', session.id)).toEqual(own);
    },
  );

  it('may, while the session store is away', async () => {
    const { leaver, own, setStoreAway } = await aWorld();
    setStoreAway(true);
    expect(await leaver.run('ours', undefined)).toEqual(own);
  });

  it('may go by the refresh token of a browser when the key of the access token is forgotten, from its own session only', async () => {
    const { leaver, own, open, session, refreshTokens } = await aWorld();
    const { session: another, refreshToken } = await open();
    const theirs = { userId: another.userId, sessionId: another.id };
    expect(await leaver.run('theirs', undefined, refreshToken)).toEqual(theirs);
    expect(await leaver.run('ours', undefined, refreshToken)).toEqual(own);
    const nobodys = refreshTokens.mint('f'.repeat(64)).text;
    const madeUp = `${session.id}.${randomBytes(32).toString('base64url')}`;
    for (const useless of ['', 'x', nobodys, madeUp]) {
      await expect(leaver.run('theirs', undefined, useless)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
    }
    await expect(leaver.run('', undefined, refreshToken)).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
    const unreadable = await aWorld('TOKEN_INVALID');
    const held = await unreadable.open();
    const naming = unreadable.leaver.run('theirs', unreadable.session.id, held.refreshToken);
    await expect(naming).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('needs a token, and one of ours', async () => {
    const { leaver } = await aWorld();
    await expect(leaver.run('', undefined)).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
    await expect(leaver.run('theirs', undefined)).rejects.toMatchObject({ code: 'TOKEN_INVALID' });
  });

  it('may name another session only with a token that is good in every way', async () => {
    const named = 'f'.repeat(64);
    const { leaver, own } = await aWorld();
    expect(await leaver.run('ours', named)).toEqual(own);
    for (const reason of ['TOKEN_EXPIRED', 'SESSION_REVOKED', 'FEED_STALE'] as const) {
      const spent = await aWorld(reason);
      await expect(spent.leaver.run('ours', named)).rejects.toMatchObject({ code: reason });
    }
  });

  it('may not name another session while acting in a person’s place, and may end their own', async () => {
    const { leaver, own, session } = await aWorld(undefined, 7);
    await expect(leaver.run('ours', 'f'.repeat(64))).rejects.toThrow(Forbidden);
    expect(await leaver.run('ours', session.id)).toEqual(own);
  });

  it('may not name another session once its own has ended', async () => {
    const { leaver, sessions, session } = await aWorld();
    await sessions.end(session.userId, session.id);
    await expect(leaver.run('ours', 'f'.repeat(64))).rejects.toThrow(SessionExpired);
  });

  it.each(['', 'abc', '*'])('must name a session by an id, not %j', async (named) => {
    const { leaver } = await aWorld();
    await expect(leaver.run('ours', named)).rejects.toThrow(InvalidSessionId);
  });
});
