import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { aCaller, sessionWorld } from '../../test/session-world.js';
import { aNewUser } from '../../test/user-repository.conformance.js';
import { ConfirmOwnLimits } from '../own-session-policy/confirm-own-limits.js';
import { RefreshSession } from '../refresh/refresh-session.js';
import { RefreshExpired } from '../refresh/refresh.errors.js';
import { deviceNameOf } from '../sign-in/device-name.js';
import type { SessionSettings } from '../sign-in/session-settings.js';
import { ChangeSession, type ChangeSessionCommand } from './change-session.js';
import { deviceOf } from './device.js';
import { cursorOf, InvalidHistoryCursor, placeOf } from './history-cursor.js';
import { Network } from './network.js';
import { RevokeSelected, type SessionSelection } from './revoke-selected.js';
import { ExpiryOutOfRange, SessionNotFound } from './sessions.errors.js';
import { ShowSession } from './show-session.js';
import { TerminateSession } from './terminate-session.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SETTINGS: SessionSettings = {
  idleTtlMs: DAY_MS,
  absoluteTtlMs: 7 * DAY_MS,
  rememberMeTtlMs: 30 * DAY_MS,
  maxSessionsPerUser: 5,
  atLimit: 'evict_oldest',
};
const PLAIN = { idleTtlMs: DAY_MS, absoluteTtlMs: 7 * DAY_MS };
const REMEMBERED = { rememberMe: true, idleTtlMs: 30 * DAY_MS, absoluteTtlMs: 30 * DAY_MS };

function aWorld() {
  const world = sessionWorld();
  const { sessions, users, settleEnds, revokeSessions, accessTokens, refreshTokens, audit, clock } = world;
  const refresh = new RefreshSession(
    sessions,
    { admitted: () => true },
    settleEnds,
    revokeSessions,
    accessTokens,
    refreshTokens,
    audit,
    { graceMs: 10_000 },
    clock,
  );
  const changing = new ChangeSession(sessions, users, SETTINGS, new ConfirmOwnLimits(sessions, users), audit, clock);
  return {
    ...world,
    show: new ShowSession(sessions),
    terminate: new TerminateSession(sessions, revokeSessions, audit),
    revokeSelected: new RevokeSelected(sessions, revokeSessions, audit),
    change: (command: Omit<ChangeSessionCommand, 'ipAddress' | 'requestId'>) =>
      changing.run({ ...command, ...aCaller }),
    present: (refreshToken: string) => refresh.run({ refreshToken, ...aCaller }),
  };
}

describe('the limits of a session', () => {
  it.each([
    ['one that is used each hour', PLAIN, HOUR_MS, 7 * DAY_MS],
    ['one that is remembered, and left alone for days', REMEMBERED, 5 * DAY_MS, 30 * DAY_MS],
  ])('end %s at the absolute one, however often it is refreshed (B7)', async (_what, kind, everyMs, absoluteMs) => {
    const { open, present, clock } = aWorld();
    let { refreshToken } = await open(kind);
    for (let usedMs = everyMs; usedMs < absoluteMs; usedMs += everyMs) {
      clock.advance(everyMs);
      ({ refreshToken } = (await present(refreshToken)).tokens);
    }
    clock.advance(everyMs);
    await expect(present(refreshToken)).rejects.toThrow(RefreshExpired);
  });

  it('end one that is left alone at the idle one, and not a moment before (B7)', async () => {
    const { open, present, clock } = aWorld();
    const { refreshToken } = await open(PLAIN);
    clock.advance(DAY_MS - 1);
    const { tokens } = await present(refreshToken);
    clock.advance(DAY_MS);
    await expect(present(tokens.refreshToken)).rejects.toThrow(RefreshExpired);
  });
});

describe('moving the end of a session', () => {
  it('to sooner holds against every refresh (B7)', async () => {
    const { open, change, present, clock } = aWorld();
    let { session, refreshToken } = await open(PLAIN);
    const { userId, id: sessionId } = session;
    const expiresAtMs = clock.nowMs() + 5 * HOUR_MS;
    session = await change({ userId, sessionId, expiresAtMs });
    expect(session).toMatchObject({ absoluteExpiresAtMs: expiresAtMs, idleExpiresAtMs: expiresAtMs });
    for (let hour = 1; hour < 5; hour++) {
      clock.advance(HOUR_MS);
      ({ refreshToken } = (await present(refreshToken)).tokens);
    }
    clock.advance(HOUR_MS);
    await expect(present(refreshToken)).rejects.toThrow(RefreshExpired);
  });

  it.each([
    ['a session', PLAIN, 7 * DAY_MS],
    ['a remembered one', REMEMBERED, 30 * DAY_MS],
  ])('of %s back to later reaches as far as that of a new one, and no further', async (_what, kind, capMs) => {
    const { open, change, clock } = aWorld();
    const { session } = await open(kind);
    const { userId, id: sessionId, createdAtMs } = session;
    await change({ userId, sessionId, expiresAtMs: createdAtMs + 5 * HOUR_MS });
    clock.advance(HOUR_MS);
    const longest = await change({ userId, sessionId, expiresAtMs: createdAtMs + capMs });
    expect(longest.absoluteExpiresAtMs).toBe(createdAtMs + capMs);
    const latest = new Date(createdAtMs + capMs).toISOString();
    for (const expiresAtMs of [createdAtMs + capMs + 1, clock.nowMs(), clock.nowMs() - 1, Number.NaN]) {
      const failure = await change({ userId, sessionId, expiresAtMs }).catch((error: unknown) => error);
      expect([expiresAtMs, failure]).toEqual([expiresAtMs, expect.any(ExpiryOutOfRange)]);
      expect((failure as ExpiryOutOfRange).details).toEqual({ latest });
    }
  });

  it('never gives more time to an administrator who acts in the person’s place', async () => {
    const { open, change, clock } = aWorld();
    const { session } = await open({ actorId: 7, idleTtlMs: HOUR_MS, absoluteTtlMs: HOUR_MS });
    const { userId, id: sessionId } = session;
    const later = { userId, sessionId, expiresAtMs: clock.nowMs() + HOUR_MS + 1 };
    await expect(change(later)).rejects.toThrow(ExpiryOutOfRange);
    const sooner = await change({ userId, sessionId, expiresAtMs: clock.nowMs() + 60_000 });
    expect(sooner.absoluteExpiresAtMs).toBe(clock.nowMs() + 60_000);
    await expect(change({ ...later, expiresAtMs: clock.nowMs() + HOUR_MS })).rejects.toThrow(ExpiryOutOfRange);
  });

  it('reaches no further than the person lets their sessions last, and needs nobody to be shortened', async () => {
    const { open, change, users } = aWorld();
    const owner = await users.create(aNewUser());
    await users.change(owner.id, { ownSessionLimits: { absoluteSeconds: 2 * 86_400 } });
    const { session } = await open({ ...PLAIN, userId: owner.id, absoluteTtlMs: DAY_MS });
    const { userId, id: sessionId, createdAtMs } = session;
    const tooLate = { userId, sessionId, expiresAtMs: createdAtMs + 2 * DAY_MS + 1 };
    await expect(change(tooLate)).rejects.toThrow(ExpiryOutOfRange);
    await change({ ...tooLate, expiresAtMs: createdAtMs + 2 * DAY_MS });
    const find = jest.spyOn(users, 'findById').mockRejectedValue(new DatabaseUnavailable('away'));
    const sooner = await change({ ...tooLate, expiresAtMs: createdAtMs + DAY_MS });
    expect(sooner.absoluteExpiresAtMs).toBe(createdAtMs + DAY_MS);
    await expect(change(tooLate)).rejects.toThrow(DatabaseUnavailable);
    expect(find).toHaveBeenCalledTimes(1);
  });

  it('cannot be moved beyond what its owner chooses at the same moment', async () => {
    const { open, change, clock, users, sessions } = aWorld();
    const owner = await users.create(aNewUser());
    const { session } = await open({ ...PLAIN, userId: owner.id });
    const { id: sessionId, userId, createdAtMs } = session;
    await change({ userId, sessionId, expiresAtMs: createdAtMs + DAY_MS });
    const findById = users.findById.bind(users);
    jest.spyOn(users, 'findById').mockImplementationOnce(async (...given) => {
      const before = await findById(...given);
      // As `ChangeOwnPolicy` does: kept first, applied to what is open then.
      await users.change(userId, { ownSessionLimits: { absoluteSeconds: (2 * DAY_MS) / 1000 } });
      await sessions.amend(userId, sessionId, { endsByMs: createdAtMs + 2 * DAY_MS });
      return before;
    });
    clock.advance(1);
    const changed = await change({ userId, sessionId, expiresAtMs: createdAtMs + 5 * DAY_MS });
    expect(changed.absoluteExpiresAtMs).toBe(createdAtMs + 2 * DAY_MS);
    expect((await sessions.find(userId, sessionId))?.absoluteExpiresAtMs).toBe(createdAtMs + 2 * DAY_MS);
  });

  it('keeps an end that lies beyond what new sessions get by now', async () => {
    const { open, change } = aWorld();
    const { session } = await open({ idleTtlMs: DAY_MS, absoluteTtlMs: 60 * DAY_MS });
    const { userId, id: sessionId, createdAtMs } = session;
    const sooner = await change({ userId, sessionId, expiresAtMs: createdAtMs + 50 * DAY_MS });
    expect(sooner.absoluteExpiresAtMs).toBe(createdAtMs + 50 * DAY_MS);
  });
});

describe('naming the device of a session', () => {
  it('shows from then on, moves no deadline, and stays out of the log', async () => {
    const { open, change, sessions, audit } = aWorld();
    const { session } = await open(PLAIN);
    const { userId, id: sessionId } = session;
    expect(await change({ userId, sessionId, deviceName: 'Ada’s own' })).toEqual({
      ...session,
      deviceName: 'Ada’s own',
    });
    expect((await sessions.find(userId, sessionId))?.deviceName).toBe('Ada’s own');
    const details = { device_name: true };
    expect(audit.events).toEqual([{ kind: 'session.changed', userId, sessionId, details, ...aCaller }]);
  });

  it('is not done, nor noted, when nothing is to change', async () => {
    const { open, change, audit } = aWorld();
    const { session } = await open();
    expect(await change({ userId: session.userId, sessionId: session.id })).toEqual(session);
    expect(audit.events).toEqual([]);
  });
});

describe('a session id of somebody else', () => {
  const moves = ['find', 'list', 'ownerOf', 'amend', 'end'] as const;
  afterEach(() => jest.restoreAllMocks());

  it.each<[string, (world: ReturnType<typeof aWorld>, userId: number, sessionId: string) => Promise<unknown>]>([
    ['showing', ({ show }, userId, sessionId) => show.run(userId, sessionId)],
    ['naming', ({ change }, userId, sessionId) => change({ userId, sessionId, deviceName: 'x' })],
    ['moving its end', ({ change }, userId, sessionId) => change({ userId, sessionId, expiresAtMs: 1 })],
    ['ending', ({ terminate }, userId, sessionId) => terminate.run({ userId, sessionId, ...aCaller })],
  ])('is no session, after the same work as one that nobody has: %s (B6)', async (_what, attempt) => {
    const world = aWorld();
    const [mine, theirs] = [(await world.open()).session, (await world.open()).session];
    const asked = moves.map((move) => jest.spyOn(MemorySessionStore.prototype, move));
    const work: number[][] = [];
    for (const id of [theirs.id, 'f'.repeat(64)]) {
      await expect(attempt(world, mine.userId, id)).rejects.toThrow(SessionNotFound);
      work.push(asked.map(({ mock }) => mock.calls.length));
      asked.forEach((spy) => spy.mockClear());
    }
    expect(work[0]).toEqual([1, 0, 0, 0, 0]);
    expect(work[1]).toEqual(work[0]);
    expect(await world.sessions.find(theirs.userId, theirs.id)).toEqual(theirs);
    expect(world.audit.events).toEqual([]);
    expect(world.revocations.given).toEqual([]);
  });
});

describe('ending the sessions that fit a description', () => {
  async function five() {
    const world = aWorld();
    const { session: home } = await world.open({ ...PLAIN, ipAddress: '192.0.2.10', deviceId: 'desk' });
    const { userId } = home;
    world.clock.advance(HOUR_MS);
    const more = [
      { ipAddress: '198.51.100.7', deviceId: 'desk', clientId: 'web' },
      { ipAddress: '203.0.113.9', deviceId: 'phone', clientId: 'app' },
      { ipAddress: '2001:db8::7', deviceId: null, clientId: 'app' },
    ];
    const ids = [home.id];
    for (const given of more) ids.push((await world.open({ userId, ...PLAIN, ...given })).session.id);
    const theirs = (await world.open({ ipAddress: '192.0.2.10', deviceId: 'desk' })).session;
    const end = (selection: SessionSelection, keepSessionId?: string) =>
      world.revokeSelected.run({ userId, keepSessionId, selection, ...aCaller });
    return { ...world, userId, ids, theirs, end, openedAtMs: home.createdAtMs };
  }

  it.each<[string, (ids: string[], openedAtMs: number) => SessionSelection, number[]]>([
    ['by id', (ids) => ({ ids: [ids[1]!, ids[2]!] }), [1, 2]],
    ['by device', () => ({ deviceId: 'desk' }), [0, 1]],
    ['by client', () => ({ clientId: 'app' }), [2, 3]],
    ['by age', (_ids, openedAtMs) => ({ openedBeforeMs: openedAtMs + 1 }), [0]],
    ['by a network', () => ({ network: Network.parse('198.51.100.0/24')! }), [1]],
    ['by one address', () => ({ network: Network.parse('2001:db8:0::7')! }), [3]],
    ['by all that is said at once', (ids) => ({ ids: [ids[0]!, ids[2]!], deviceId: 'desk' }), [0]],
    ['by what fits none', () => ({ deviceId: 'desk', clientId: 'app' }), []],
  ])('finds them %s', async (_what, describe, expected) => {
    const { end, ids, sessions, userId, theirs, openedAtMs, audit, revocations } = await five();
    const { sessionIds, revocationId } = await end(describe(ids, openedAtMs));
    const wanted = expected.map((place) => ids[place]!);
    expect([...sessionIds].sort()).toEqual([...wanted].sort());
    expect((await sessions.list(userId)).map(({ id }) => id).sort()).toEqual(
      ids.filter((id) => !wanted.includes(id)).sort(),
    );
    expect(await sessions.find(theirs.userId, theirs.id)).toEqual(theirs);
    // One write each, under one receipt.
    expect(revocations.given.map(({ entry: { id, value, reason } }) => [id, value, reason]).sort()).toEqual(
      wanted.map((value) => [revocationId, value, 'user_revoked']).sort(),
    );
    expect(audit.events.map(({ kind }) => kind)).toEqual(wanted.map(() => 'session.revoked'));
  });

  it('by any address it was used from, not only the first', async () => {
    const { end, ids, sessions, userId } = await five();
    const use = { userId, sessionId: ids[0]!, requests: 1, lastRequestAtMs: 1, ipAddresses: ['10.9.8.7'] };
    await sessions.recordActivity([use]);
    expect((await end({ network: Network.parse('10.0.0.0/8')! })).sessionIds).toEqual([ids[0]]);
  });

  it('keeps the one that is to stay, though it fits', async () => {
    const { end, ids } = await five();
    expect((await end({ deviceId: 'desk' }, ids[0])).sessionIds).toEqual([ids[1]]);
    expect((await end({ ids: [ids[0]!] }, ids[0])).sessionIds).toEqual([]);
  });

  it('passes over ids of others as over those that nobody has (B6)', async () => {
    const { end, theirs, sessions, revocations } = await five();
    const answers = [await end({ ids: [theirs.id] }), await end({ ids: ['f'.repeat(64)] })];
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]).toEqual({ sessionIds: [], revocationId: null });
    expect(revocations.given).toEqual([]);
    expect(await sessions.find(theirs.userId, theirs.id)).toEqual(theirs);
  });

  it('fails rather than say there were none while the store is away', async () => {
    const { end, setStoreAway } = await five();
    setStoreAway(true);
    await expect(end({ deviceId: 'desk' })).rejects.toThrow(SessionStoreUnavailable);
  });
});

describe('a network', () => {
  it.each([
    ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255', '::ffff:192.0.2.7'], ['192.0.3.0', '::1', 'nothing', '']],
    ['192.0.2.9/24', ['192.0.2.1'], ['192.0.3.1']],
    ['192.0.2.9', ['192.0.2.9'], ['192.0.2.8']],
    ['0.0.0.0/0', ['203.0.113.1'], ['2001:db8::1']],
    ['fe80::/10', ['fe80::1', 'fe80::1%eth0'], ['fec0::1']],
    ['2001:db8::/32', ['2001:db8::1', '2001:0DB8:ffff::'], ['2001:db9::1', '192.0.2.1']],
  ])('%s holds what lies in it', (text, inside, outside) => {
    const network = Network.parse(text)!;
    expect(inside.filter((address) => !network.includes(address))).toEqual([]);
    expect(outside.filter((address) => network.includes(address))).toEqual([]);
  });

  it.each([
    '',
    '/',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/8/8',
    '192.0.2/24',
    '2001:db8::/129',
    'fe80::1%eth0/64',
  ])('is not %j', (text) => expect(Network.parse(text)).toBeUndefined());
});

describe('a place in the history', () => {
  it('comes back as it went out', () => {
    const place = { endedAtMs: 1_767_225_600_000, sessionId: 'a1'.repeat(32) };
    expect(placeOf(cursorOf(place))).toEqual(place);
  });

  it.each([
    '',
    'x',
    'a'.repeat(64),
    Buffer.from('1.x').toString('base64url'),
    Buffer.from('-1.aa').toString('base64url'),
  ])('is not %j', (text) => expect(() => placeOf(text)).toThrow(InvalidHistoryCursor));
});

describe('the name of a device', () => {
  const chrome = (system: string, tail = '') =>
    `Mozilla/5.0 (${system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36${tail}`;
  const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)';

  it.each([
    [chrome('Macintosh; Intel Mac OS X 10_15_7'), 'Chrome on macOS'],
    [chrome('Windows NT 10.0; Win64; x64', ' Edg/126.0.0.0'), 'Edge on Windows'],
    [chrome('Windows NT 10.0; Win64; x64', ' OPR/112.0.0.0'), 'Opera on Windows'],
    [chrome('Linux; Android 10; K'), 'Chrome on Android'],
    [chrome('X11; CrOS x86_64 14541.0.0'), 'Chrome on Chrome OS'],
    ['Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0', 'Firefox on Linux'],
    [
      'Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36',
      'Samsung Internet on Android',
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) ${webkit} Version/17.5 Mobile/15E148 Safari/604.1`,
      'Safari on iPhone',
    ],
    [
      `Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${webkit} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1`,
      'Chrome on iPad',
    ],
    [`Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/17.5 Safari/605.1.15`, 'Safari on macOS'],
    ['Shop/3.2 CFNetwork/1490.0.4 Darwin/23.2.0', 'Apple app'],
    ['okhttp/4.12.0', 'Android app'],
    ['Dart/3.4 (dart:io)', 'Flutter app'],
    ['PostmanRuntime/7.37.3', 'Postman'],
    ['curl/8.5.0', 'curl'],
    ['python-requests/2.32.3', 'Python'],
    ['node', 'Node.js'],
  ])('tells of %j: %s', (userAgent, name) => expect(deviceNameOf(userAgent)).toBe(name));

  it.each([
    '',
    'Test/1.0',
    'Mozilla/5.0',
    'Administrator/1.0 (click here) x',
    'Mozilla/5.0 (x) Your bank/1 (call 555',
    'nodeless/1.0',
    '\0'.repeat(5_000),
    `Mozilla/5.0 (${'('.repeat(500)}`,
  ])('is none for %j: what a stranger writes is no name', (userAgent) => {
    expect(deviceNameOf(userAgent)).toBeNull();
    expect(deviceOf(userAgent, null).browser).toBeNull();
  });
});
