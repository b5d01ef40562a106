import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import type { AccessTokenClaims } from '@gatehouse/contracts';
import { randomBytes } from 'node:crypto';
import { aCaller, sessionWorld } from '../../test/session-world.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { SignOut } from '../sign-out/sign-out.js';
import { RefreshSession } from './refresh-session.js';
import { RefreshExpired, RefreshInvalid, RefreshReuseDetected } from './refresh.errors.js';

const GRACE_MS = 10_000;

function aWorld() {
  const world = sessionWorld();
  const admission = { open: true, admitted: () => admission.open };
  const refresh = new RefreshSession(
    world.sessions,
    admission,
    world.settleEnds,
    world.revokeSessions,
    world.accessTokens,
    world.refreshTokens,
    world.audit,
    { graceMs: GRACE_MS },
    world.clock,
  );
  const present = (refreshToken: string) => refresh.run({ refreshToken, ...aCaller });
  return { ...world, admission, present };
}

const claimsOf = (token: string) => JSON.parse(token) as AccessTokenClaims;

describe('refreshing', () => {
  it('gives a new pair for the same session', async () => {
    const { open, present, clock } = aWorld();
    const { session, refreshToken } = await open({ roles: ['user', 'admin'], generation: 4 });
    clock.advance(60_000 - 1);
    const { sessionId, tokens, replayed } = await present(refreshToken);
    expect({ sessionId, replayed }).toEqual({ sessionId: session.id, replayed: false });
    expect(tokens.refreshToken).not.toBe(refreshToken);
    expect(tokens.user).toEqual({ id: session.userId, email: session.email, roles: ['user', 'admin'] });
    expect(claimsOf(tokens.accessToken)).toMatchObject({ sid: session.id, gen: 4, roles: ['user', 'admin'] });
  });

  it('keeps the time of the sign-in: a refresh proves nothing about the person', async () => {
    const { open, present, clock } = aWorld();
    const { session, refreshToken } = await open({ authenticatedAtMs: clock.nowMs() - 5_000 });
    clock.advance(30_000);
    const { tokens } = await present(refreshToken);
    expect(claimsOf(tokens.accessToken).auth_time).toBe(session.authenticatedAtMs / 1000);
  });

  it('never promises more than the session has left', async () => {
    const { open, present, clock } = aWorld();
    const { refreshToken } = await open({ idleTtlMs: 100_000, absoluteTtlMs: 100_000 });
    clock.advance(70_000);
    const { tokens } = await present(refreshToken);
    expect(tokens).toMatchObject({ expiresInSeconds: 30, refreshExpiresInSeconds: 30 });
  });

  it('goes on with the successor, and so on', async () => {
    const { open, present } = aWorld();
    let { refreshToken } = await open();
    for (let i = 0; i < 5; i++) ({ refreshToken } = (await present(refreshToken)).tokens);
    expect((await present(refreshToken)).replayed).toBe(false);
  });

  it('ends at the absolute deadline, however often it is done', async () => {
    const { open, present, clock } = aWorld();
    let { refreshToken } = await open({ idleTtlMs: 60_000, absoluteTtlMs: 200_000 });
    for (let i = 0; i < 3; i++) {
      clock.advance(50_000);
      ({ refreshToken } = (await present(refreshToken)).tokens);
    }
    clock.advance(50_000);
    await expect(present(refreshToken)).rejects.toThrow(RefreshExpired);
  });
});

describe('a refresh token presented again', () => {
  it('yields the identical answer within the window', async () => {
    const { open, present, clock } = aWorld();
    const { refreshToken } = await open();
    const first = await present(refreshToken);
    clock.advance(GRACE_MS);
    const again = await present(refreshToken);
    expect(again).toEqual({ ...first, replayed: true });
    expect(JSON.stringify(again.tokens)).toBe(JSON.stringify(first.tokens));
  });

  it('makes one rotation out of a hundred at once, and a hundred identical answers', async () => {
    const { open, present } = aWorld();
    const { refreshToken } = await open();
    const answers = await Promise.all(Array.from({ length: 100 }, () => present(refreshToken)));
    expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(answers.map(({ tokens }) => JSON.stringify(tokens))).size).toBe(1);
  });

  it('does not move the window', async () => {
    const { open, present, clock } = aWorld();
    const { refreshToken } = await open();
    await present(refreshToken);
    clock.advance(GRACE_MS - 1);
    await present(refreshToken);
    clock.advance(2);
    await expect(present(refreshToken)).rejects.toThrow(RefreshReuseDetected);
  });

  it('after the window ends the session for good, before the answer, and is told to the audit log', async () => {
    const { open, present, clock, sessions, revocations, audit } = aWorld();
    const { session, refreshToken } = await open();
    const { tokens } = await present(refreshToken);
    clock.advance(GRACE_MS + 1);
    await expect(present(refreshToken)).rejects.toThrow(RefreshReuseDetected);

    expect(revocations.given).toMatchObject([
      { userId: session.userId, entry: { scope: 'sid', value: session.id, reason: 'reuse_detected' } },
    ]);
    expect(await sessions.find(session.userId, session.id)).toBeUndefined();
    expect(await sessions.unconfirmedEnds(session.userId)).toEqual([]);
    await expect(present(tokens.refreshToken)).rejects.toThrow(RefreshExpired);
    expect(audit.events).toEqual([
      { kind: 'refresh.reuse_detected', userId: session.userId, sessionId: session.id, ...aCaller },
    ]);
  });

  it('of a grandparent ends the session within the window too', async () => {
    const { open, present, revocations } = aWorld();
    const { session, refreshToken } = await open();
    const child = await present(refreshToken);
    await present(child.tokens.refreshToken);
    await expect(present(refreshToken)).rejects.toThrow(RefreshReuseDetected);
    expect(revocations.sessionIds).toEqual([session.id]);
  });

  it('is not answered as ended while nothing could promise to keep that', async () => {
    const { open, present, clock, sessions, revocations } = aWorld();
    const { session, refreshToken } = await open();
    const { tokens } = await present(refreshToken);
    clock.advance(GRACE_MS + 1);
    revocations.away = true;
    await expect(present(refreshToken)).rejects.toThrow(DatabaseUnavailable);
    expect(await sessions.unconfirmedEnds(session.userId)).toMatchObject([{ cause: 'reuse_detected' }]);

    // Whoever moves next, even the thief, finishes the job.
    revocations.away = false;
    await expect(present(tokens.refreshToken)).rejects.toThrow(RefreshExpired);
    expect(revocations.given).toMatchObject([{ entry: { value: session.id, reason: 'reuse_detected' } }]);
    expect(await sessions.unconfirmedEnds(session.userId)).toEqual([]);
  });
});

describe('a made-up refresh token', () => {
  it('ends nothing, though it names a session', async () => {
    const { open, present, revocations } = aWorld();
    const { session, refreshToken } = await open();
    const madeUp = `${session.id}.${randomBytes(32).toString('base64url')}`;
    const fromElsewhere = new RefreshTokens(randomBytes(32)).mint(session.id).text;
    await expect(present(madeUp)).rejects.toThrow(RefreshInvalid);
    await expect(present(fromElsewhere)).rejects.toThrow(RefreshInvalid);
    expect(revocations.given).toEqual([]);
    expect((await present(refreshToken)).replayed).toBe(false);
  });

  it('does not tell whether its session ever was', async () => {
    const { present } = aWorld();
    const madeUp = `${randomHex(32)}.${randomBytes(32).toString('base64url')}`;
    await expect(present(madeUp)).rejects.toThrow(RefreshInvalid);
  });

  it.each(['', 'x', 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln', 'a'.repeat(1_000)])('is refused when it is %j', async (text) => {
    await expect(aWorld().present(text)).rejects.toThrow(RefreshInvalid);
  });

  it('is told from one of ours whose session is gone', async () => {
    const { open, present, sessions } = aWorld();
    const { session, refreshToken } = await open();
    await sessions.end(session.userId, session.id);
    await expect(present(refreshToken)).rejects.toThrow(RefreshExpired);
  });
});

describe('refreshing while something is away', () => {
  it('is not possible without the session store', async () => {
    const { open, present, setStoreAway } = aWorld();
    const { refreshToken } = await open();
    setStoreAway(true);
    await expect(present(refreshToken)).rejects.toThrow(SessionStoreUnavailable);
    setStoreAway(false);
    expect((await present(refreshToken)).replayed).toBe(false);
  });

  it('waits until a Redis that lost everything has been told the revocations again', async () => {
    const { open, present, admission } = aWorld();
    const { refreshToken } = await open();
    admission.open = false;
    await expect(present(refreshToken)).rejects.toThrow(SessionStoreUnavailable);
    admission.open = true;
    expect((await present(refreshToken)).replayed).toBe(false);
  });

  it('is not stopped by another session’s unfinished end that still cannot be made durable', async () => {
    const { open, present, sessions, revocations } = aWorld();
    const { session } = await open();
    for (let i = 0; i < 4; i++) await open({ userId: session.userId });
    const sixth = await open({ userId: session.userId });
    revocations.away = true;
    await expect(present(sixth.refreshToken)).resolves.toMatchObject({ replayed: false });
    expect(await sessions.unconfirmedEnds(session.userId)).toMatchObject([{ sessionId: session.id }]);

    revocations.away = false;
    await present(sixth.refreshToken);
    expect(revocations.given).toMatchObject([{ entry: { value: session.id, reason: 'evicted_limit' } }]);
    expect(await sessions.unconfirmedEnds(session.userId)).toEqual([]);
  });
});

describe('refreshing while the session is being ended', () => {
  /** Every interleaving of the two, by letting the sign-out begin after so many turns of the event loop. */
  it.each(Array.from({ length: 25 }, (_, turns) => [turns]))(
    'leaves nothing usable, sign-out %i turns in',
    async (turns) => {
      const { open, present, sessions, revocations, revokeSessions, refreshTokens, audit } = aWorld();
      const { session, refreshToken } = await open();
      const signOut = new SignOut(sessions, revokeSessions, refreshTokens, audit);
      const refreshing = present(refreshToken).catch(() => undefined);
      for (let i = 0; i < turns; i++) await Promise.resolve();
      await signOut.run({ userId: session.userId, sessionId: session.id, ...aCaller });
      const refreshed = await refreshing;

      expect(revocations.sessionIds).toContain(session.id);
      expect(await sessions.find(session.userId, session.id)).toBeUndefined();
      if (!refreshed) return;
      expect(claimsOf(refreshed.tokens.accessToken).sid).toBe(session.id);
      await expect(present(refreshed.tokens.refreshToken)).rejects.toThrow(RefreshExpired);
    },
  );
});
