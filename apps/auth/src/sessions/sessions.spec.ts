import { SessionStoreUnavailable } from '@gatehouse/failures';
import { aCaller, sessionWorld } from '../../test/session-world.js';
import { ListSessions } from './list-sessions.js';
import { toSessionDto } from './session.dto.js';
import { SessionNotFound } from './sessions.errors.js';
import { TerminateOthers } from './terminate-others.js';
import { TerminateSession } from './terminate-session.js';

function aWorld() {
  const world = sessionWorld();
  const { sessions, revokeSessions, settleEnds, audit } = world;
  const terminate = new TerminateSession(sessions, revokeSessions, audit);
  const terminateOthers = new TerminateOthers(sessions, revokeSessions, audit);
  return { ...world, list: new ListSessions(sessions, settleEnds), terminate, terminateOthers };
}

describe('listing sessions', () => {
  it('shows one’s own, newest first', async () => {
    const { open, list } = aWorld();
    const first = (await open()).session;
    const second = (await open({ userId: first.userId })).session;
    await open();
    expect(await list.run(first.userId)).toEqual([second, first]);
  });

  it('fails rather than show none while the store is away', async () => {
    const { open, list, setStoreAway } = aWorld();
    const { session } = await open();
    setStoreAway(true);
    await expect(list.run(session.userId)).rejects.toThrow(SessionStoreUnavailable);
  });

  it('finishes what an instance that died left half done', async () => {
    const { open, list, revocations, sessions } = aWorld();
    const { session } = await open();
    for (let i = 0; i < 5; i++) await open({ userId: session.userId });
    expect(revocations.given).toEqual([]);
    expect(await list.run(session.userId)).toHaveLength(5);
    expect(revocations.given).toMatchObject([{ entry: { value: session.id, reason: 'evicted_limit' } }]);
    expect(await sessions.unconfirmedEnds(session.userId)).toEqual([]);
  });
});

describe('ending one session', () => {
  it('ends it for good', async () => {
    const { open, terminate, sessions, revocations, audit } = aWorld();
    const { session } = await open();
    const { userId, id: sessionId } = session;
    const { revocationId } = await terminate.run({ userId, sessionId, ...aCaller });
    expect(revocations.given).toMatchObject([
      { entry: { id: revocationId, value: sessionId, reason: 'user_revoked' } },
    ]);
    expect(await sessions.find(userId, sessionId)).toBeUndefined();
    expect(audit.events).toMatchObject([{ kind: 'session.revoked', userId, sessionId }]);
  });

  it('treats another person’s session as one that does not exist', async () => {
    const { open, terminate, sessions, revocations } = aWorld();
    const mine = (await open()).session;
    const theirs = (await open()).session;
    for (const sessionId of [theirs.id, 'f'.repeat(64)]) {
      await expect(terminate.run({ userId: mine.userId, sessionId, ...aCaller })).rejects.toThrow(SessionNotFound);
    }
    expect(await sessions.find(theirs.userId, theirs.id)).toBeDefined();
    expect(revocations.given).toEqual([]);
  });
});

describe('ending all other sessions', () => {
  it('keeps the one that is told, under one revocation', async () => {
    const { open, terminateOthers, sessions, revocations } = aWorld();
    const { session } = await open();
    for (let i = 0; i < 3; i++) await open({ userId: session.userId });
    const command = { userId: session.userId, keepSessionId: session.id, ...aCaller };
    const { count, revocationId } = await terminateOthers.run(command);
    expect(count).toBe(3);
    expect(await sessions.list(session.userId)).toEqual([session]);
    expect(revocations.given.map(({ entry }) => [entry.id, entry.reason])).toEqual(
      Array.from({ length: 3 }, () => [revocationId, 'revoked_others']),
    );
  });

  it('has nothing to revoke when there are no others', async () => {
    const { open, terminateOthers, revocations } = aWorld();
    const { session } = await open();
    const command = { userId: session.userId, keepSessionId: session.id, ...aCaller };
    expect(await terminateOthers.run(command)).toEqual({ count: 0, revocationId: null });
    expect(revocations.given).toEqual([]);
  });

  it('ends them all when none is to be kept, and nobody else’s', async () => {
    const { open, terminateOthers, sessions } = aWorld();
    const { session } = await open();
    await open({ userId: session.userId });
    const theirs = (await open()).session;
    const command = { userId: session.userId, keepSessionId: undefined, ...aCaller };
    expect((await terminateOthers.run(command)).count).toBe(2);
    expect(await sessions.list(session.userId)).toEqual([]);
    expect(await sessions.list(theirs.userId)).toEqual([theirs]);
  });
});

describe('a session as its owner sees it', () => {
  const CHROME_ON_MAC =
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36';

  it('has every field, times in ISO 8601, and no secret', async () => {
    const { open, clock } = aWorld();
    const { session, refreshToken } = await open({ userAgent: CHROME_ON_MAC, deviceName: 'Laptop', rememberMe: true });
    clock.advance(4_500);
    const dto = toSessionDto(session, session.id, clock.nowMs());
    expect(dto).toEqual({
      id: session.id,
      user_id: session.userId,
      email: 'ada@example.test',
      created_at: '2026-01-01T00:00:00.000Z',
      last_access: '2026-01-01T00:00:00.000Z',
      expires_at: '2026-01-01T00:01:00.000Z',
      ip_address: '192.0.2.1',
      user_agent: CHROME_ON_MAC,
      is_active: true,
      is_current: true,
      idle_expires_at: '2026-01-01T00:01:00.000Z',
      absolute_expires_at: '2026-01-01T00:10:00.000Z',
      duration_seconds: 4,
      request_count: 0,
      last_request_at: null,
      ip_addresses: ['192.0.2.1'],
      device: { name: 'Laptop', type: 'desktop', os: 'macOS', browser: 'Chrome' },
      location: null,
      auth: { methods: ['pwd'], acr: 'aal1', auth_time: '2026-01-01T00:00:00.000Z' },
      client_id: 'web',
      tenant_id: null,
      remember_me: true,
      impersonated_by: null,
    });
    expect(JSON.stringify(dto)).not.toContain(refreshToken.split('.')[1]);
  });

  it('does not call a session current that is not', async () => {
    const { open, clock } = aWorld();
    const { session } = await open();
    expect(toSessionDto(session, 'f'.repeat(64), clock.nowMs()).is_current).toBe(false);
  });

  it('says nothing of a device that says nothing', async () => {
    const { open, clock } = aWorld();
    const { session } = await open({ userAgent: '' });
    const device = { name: null, type: null, os: null, browser: null };
    expect(toSessionDto(session, undefined, clock.nowMs()).device).toEqual(device);
  });

  it('takes a clock that runs behind', async () => {
    const { open, clock } = aWorld();
    const { session } = await open();
    expect(toSessionDto(session, undefined, clock.nowMs() - 500).duration_seconds).toBe(0);
  });
});
