import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { aCaller, ACCESS_TOKEN_SECONDS, sessionWorld } from '../../test/session-world.js';
import { aNewUser } from '../../test/user-repository.conformance.js';
import { SessionExpired } from '../access/access.errors.js';
import { LiveSessionSettings, type SessionPolicy } from '../administration/policies/live-session-settings.js';
import type { OwnSessionLimits } from '../users/user.js';
import { ApplyOwnLimits } from './apply-own-limits.js';
import { ChangeOwnPolicy } from './change-own-policy.js';
import { NO_LIMITS } from './life-of-session.js';
import { OwnLimitOutOfBounds } from './own-session-policy.errors.js';
import { ShowOwnPolicy } from './show-own-policy.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CONFIGURED: SessionPolicy = {
  max_sessions_per_user: 5,
  idle_seconds: 86_400,
  absolute_seconds: 604_800,
  remember_me_seconds: 2_592_000,
  at_limit: 'evict_oldest',
};
const LIFE = { idleTtlMs: DAY_MS, absoluteTtlMs: 7 * DAY_MS };

async function aPersonWithAPolicy({ accessTokenSeconds = ACCESS_TOKEN_SECONDS } = {}) {
  const world = sessionWorld();
  const { sessions, users, revokeSessions, audit, clock } = world;
  const settings = new LiveSessionSettings(CONFIGURED);
  const apply = new ApplyOwnLimits(sessions, revokeSessions, audit, clock);
  const show = new ShowOwnPolicy(users, settings, accessTokenSeconds);
  const changing = new ChangeOwnPolicy(users, sessions, apply, settings, accessTokenSeconds, audit);
  const { id: userId } = await users.create(aNewUser());
  return {
    ...world,
    settings,
    userId,
    show: () => show.run(userId),
    change: (chosen: Partial<OwnSessionLimits>) => changing.run({ userId, chosen, ...aCaller }),
    ofNobody: () => changing.run({ userId: 2 ** 40, chosen: { maxSessions: 1 }, ...aCaller }),
    openOwn: async (given = {}) => (await world.open({ userId, ...LIFE, ...given })).session,
  };
}

describe('what a person chooses for their sessions', () => {
  it('is nothing at first: what the service allows holds', async () => {
    const { show } = await aPersonWithAPolicy();
    expect(await show()).toEqual({
      choice: NO_LIMITS,
      bounds: {
        maxSessions: { min: 1, max: 5 },
        idleSeconds: { min: 900, max: 86_400 },
        absoluteSeconds: { min: 3_600, max: 604_800 },
      },
      inForce: { maxSessions: 5, idleSeconds: 86_400, absoluteSeconds: 604_800, rememberMeSeconds: 2_592_000 },
    });
  });

  it('holds for itself, each limit apart, until it is taken back', async () => {
    const { show, change } = await aPersonWithAPolicy();
    await change({ maxSessions: 2, absoluteSeconds: 7_200 });
    await change({ idleSeconds: 3_600 });
    expect(await show()).toMatchObject({
      choice: { maxSessions: 2, idleSeconds: 3_600, absoluteSeconds: 7_200 },
      inForce: { maxSessions: 2, idleSeconds: 3_600, absoluteSeconds: 7_200, rememberMeSeconds: 7_200 },
    });
    await change({ maxSessions: null, absoluteSeconds: null });
    expect(await show()).toMatchObject({
      choice: { maxSessions: null, idleSeconds: 3_600, absoluteSeconds: null },
      inForce: { maxSessions: 5, idleSeconds: 3_600, absoluteSeconds: 604_800, rememberMeSeconds: 2_592_000 },
    });
  });

  it.each([
    [{ maxSessions: 6 }, [{ field: 'max_sessions', rule: 'max' }]],
    [{ idleSeconds: 86_401 }, [{ field: 'idle_seconds', rule: 'max' }]],
    [{ idleSeconds: 899 }, [{ field: 'idle_seconds', rule: 'min' }]],
    [{ maxSessions: 2, absoluteSeconds: 604_801 }, [{ field: 'absolute_seconds', rule: 'max' }]],
    [
      { idleSeconds: 1, absoluteSeconds: 3_599 },
      [
        { field: 'idle_seconds', rule: 'min' },
        { field: 'absolute_seconds', rule: 'min' },
      ],
    ],
  ] as const)('is within what the service allows, and of use: not %j', async (chosen, details) => {
    const { show, change, audit } = await aPersonWithAPolicy();
    const failure = await change(chosen).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OwnLimitOutOfBounds);
    expect(failure).toMatchObject({ code: 'VALIDATION_ERROR', details });
    expect((await show()).choice).toEqual(NO_LIMITS);
    expect(audit.events).toEqual([]);
  });

  it('may be the bounds themselves', async () => {
    const { show, change } = await aPersonWithAPolicy();
    for (const end of ['min', 'max'] as const) {
      const { maxSessions, idleSeconds, absoluteSeconds } = (await show()).bounds;
      const chosen = {
        maxSessions: maxSessions[end],
        idleSeconds: idleSeconds[end],
        absoluteSeconds: absoluteSeconds[end],
      };
      await change(chosen);
      expect((await show()).choice).toEqual(chosen);
    }
  });

  it('is no idle limit that would end a session between two refreshes', async () => {
    const { show, change } = await aPersonWithAPolicy({ accessTokenSeconds: 7_200 });
    expect((await show()).bounds.idleSeconds).toEqual({ min: 7_200, max: 86_400 });
    await expect(change({ idleSeconds: 7_199 })).rejects.toThrow(OwnLimitOutOfBounds);
  });

  it('gives way to a service that allows less later, and holds again when it allows more', async () => {
    const { show, change, settings } = await aPersonWithAPolicy();
    const chosen = { maxSessions: 3, idleSeconds: 7_200, absoluteSeconds: 86_400 };
    await change(chosen);
    const narrow = { max_sessions_per_user: 2, idle_seconds: 600, absolute_seconds: 3_000, remember_me_seconds: 3_000 };
    settings.apply(narrow);
    expect(await show()).toEqual({
      choice: chosen,
      // Where there is less than the least, that is all there is to choose.
      bounds: {
        maxSessions: { min: 1, max: 2 },
        idleSeconds: { min: 600, max: 600 },
        absoluteSeconds: { min: 3_000, max: 3_000 },
      },
      inForce: { maxSessions: 2, idleSeconds: 600, absoluteSeconds: 3_000, rememberMeSeconds: 3_000 },
    });
    settings.apply({ ...CONFIGURED, max_sessions_per_user: 9, absolute_seconds: 2_592_000 });
    expect((await show()).inForce).toEqual({
      maxSessions: 3,
      idleSeconds: 7_200,
      absoluteSeconds: 86_400,
      rememberMeSeconds: 86_400,
    });
  });

  it('is nobody’s when the account is gone', async () => {
    const { ofNobody, show, users, userId } = await aPersonWithAPolicy();
    await expect(ofNobody()).rejects.toThrow(SessionExpired);
    await users.remove(userId);
    await expect(show()).rejects.toThrow(SessionExpired);
  });

  it('is in the log as it was said; a change that says nothing is none', async () => {
    const { change, audit, userId } = await aPersonWithAPolicy();
    await change({ maxSessions: 2, idleSeconds: null });
    await change({});
    expect(audit.events).toEqual([
      { kind: 'session_policy.changed', userId, ...aCaller, details: { max_sessions: 2, idle_seconds: 'none' } },
    ]);
  });
});

describe('sessions that are open when their owner limits them', () => {
  it('keep to it from then on: untouched, and from their opening', async () => {
    const { openOwn, change, sessions, userId, clock } = await aPersonWithAPolicy();
    const { id, createdAtMs } = await openOwn();
    clock.advance(HOUR_MS);
    expect(await change({ idleSeconds: 7_200, absoluteSeconds: 10_800 })).toMatchObject({
      endedCount: 0,
      revocationId: null,
    });
    expect(await sessions.find(userId, id)).toMatchObject({
      idleExpiresAtMs: createdAtMs + 2 * HOUR_MS,
      absoluteExpiresAtMs: createdAtMs + 3 * HOUR_MS,
    });
  });

  it('end, refused everywhere and under one receipt, where they are over by it', async () => {
    const { openOwn, change, sessions, userId, clock, revocations, audit } = await aPersonWithAPolicy();
    const old = await openOwn();
    clock.advance(HOUR_MS);
    const untouched = await openOwn();
    clock.advance(HOUR_MS);
    const young = await openOwn();
    await sessions.recordActivity([
      { userId, sessionId: old.id, requests: 1, lastRequestAtMs: clock.nowMs(), ipAddresses: [] },
    ]);
    const ended = await change({ idleSeconds: 3_600, absoluteSeconds: 7_200 });
    expect(ended).toMatchObject({ endedCount: 2, revocationId: expect.any(String) });
    expect(revocations.given.map(({ entry }) => [entry.id, entry.value, entry.reason]).sort()).toEqual(
      [old.id, untouched.id].map((id) => [ended.revocationId, id, 'user_revoked']).sort(),
    );
    expect((await sessions.list(userId)).map(({ id }) => id)).toEqual([young.id]);
    const told = audit.events.filter(({ kind }) => kind === 'session.revoked').map(({ sessionId }) => sessionId);
    expect(told.sort()).toEqual([old.id, untouched.id].sort());
  });

  it('last no longer when a limit is taken back, or the service allows more', async () => {
    const { openOwn, change, settings, sessions, userId } = await aPersonWithAPolicy();
    const { id } = await openOwn();
    await change({ idleSeconds: 3_600, absoluteSeconds: 7_200 });
    const narrowed = await sessions.find(userId, id);
    settings.apply({ ...CONFIGURED, idle_seconds: 604_800, absolute_seconds: 2_592_000 });
    await change({ idleSeconds: null, absoluteSeconds: 86_400 });
    await change({ absoluteSeconds: null });
    expect(await sessions.find(userId, id)).toEqual(narrowed);
  });

  it('keep an end that was set sooner for one of them', async () => {
    const { openOwn, change, sessions, userId } = await aPersonWithAPolicy();
    const { id, createdAtMs } = await openOwn();
    const sooner = { absoluteExpiresAtMs: createdAtMs + HOUR_MS };
    await sessions.amend(userId, id, sooner);
    await change({ absoluteSeconds: 86_400 });
    expect(await sessions.find(userId, id)).toMatchObject(sooner);
  });

  it('stay as they are where an administrator acts in the person’s place, or where they are another’s', async () => {
    const { open, openOwn, change, sessions, userId, clock } = await aPersonWithAPolicy();
    const [acting, theirs] = [await openOwn({ actorId: 7 }), (await open(LIFE)).session];
    clock.advance(2 * HOUR_MS);
    await change({ idleSeconds: 900, absoluteSeconds: 3_600 });
    expect(await sessions.find(userId, acting.id)).toEqual(acting);
    expect(await sessions.find(theirs.userId, theirs.id)).toEqual(theirs);
  });

  it('are why nothing is kept while their store is away', async () => {
    const { openOwn, change, show, setStoreAway, audit } = await aPersonWithAPolicy();
    await openOwn();
    setStoreAway(true);
    await expect(change({ idleSeconds: 3_600 })).rejects.toThrow(SessionStoreUnavailable);
    expect((await show()).choice).toEqual(NO_LIMITS);
    expect(audit.events).toEqual([]);
  });

  it('are brought under it by asking again, where their store went away halfway', async () => {
    const { openOwn, change, show, users, sessions, userId, setStoreAway } = await aPersonWithAPolicy();
    const { id, createdAtMs } = await openOwn();
    const keep = users.change.bind(users);
    jest.spyOn(users, 'change').mockImplementationOnce(async (...change) => {
      const kept = await keep(...change);
      setStoreAway(true);
      return kept;
    });
    await expect(change({ absoluteSeconds: 7_200 })).rejects.toThrow(SessionStoreUnavailable);
    setStoreAway(false);
    expect((await show()).choice.absoluteSeconds).toBe(7_200);
    await change({});
    expect(await sessions.find(userId, id)).toMatchObject({ absoluteExpiresAtMs: createdAtMs + 2 * HOUR_MS });
  });

  it('are left alone when the database keeps nothing', async () => {
    const { openOwn, change, users, sessions, userId } = await aPersonWithAPolicy();
    const session = await openOwn();
    jest.spyOn(users, 'change').mockRejectedValue(new DatabaseUnavailable('away'));
    await expect(change({ absoluteSeconds: 7_200 })).rejects.toThrow(DatabaseUnavailable);
    expect(await sessions.find(userId, session.id)).toEqual(session);
  });
});
