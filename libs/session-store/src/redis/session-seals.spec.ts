import { SystemClock } from '@gatehouse/kernel';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sharedRedisUrl } from '@gatehouse/testing';
import { LedgeredSessionStore, LedgerWriter } from '../ledger/index.js';
import { MemorySessionLedger } from '../memory/index.js';
import type { NewSession } from '../session.js';
import { aMove, aSession, aUserId, hashOf } from '../testing/index.js';
import { ownerKey, userKeys } from './keys.js';
import { RedisSessionStore } from './redis-session-store.js';
import { SessionSeals } from './session-seals.js';

const [masterKey, otherKey] = [Buffer.alloc(32, 'one key'), Buffer.alloc(32, 'another key')];

let redis: RedisConnection;
let ledger: MemorySessionLedger;
beforeAll(async () => {
  redis = connectRedis(parseRedisSettings({ REDIS_URL: await sharedRedisUrl() }).settings!, { name: 'seals-spec' });
  await eventually(() => redis.get('x'));
  ledger = new MemorySessionLedger(new SystemClock(), 60_000);
});
afterAll(async () => {
  await Promise.all(writers.map((writer) => writer.stop(1_000)));
  redis.disconnect();
});

const writers: LedgerWriter[] = [];
function aStore(seals = new SessionSeals(masterKey)): LedgeredSessionStore {
  const writer = new LedgerWriter(ledger, new SystemClock());
  writers.push(writer);
  return new LedgeredSessionStore(new RedisSessionStore(redis, writer, undefined, seals), ledger, writer);
}

const keyOf = ({ userId, id }: Pick<NewSession, 'userId' | 'id'>) => `${userKeys(userId).prefix}${id}`;
async function setFacts(session: NewSession, given: object): Promise<void> {
  const facts = JSON.parse((await redis.hget(keyOf(session), 'facts'))!) as object;
  await redis.hset(keyOf(session), 'facts', JSON.stringify({ ...facts, ...given }));
}

describe('whoever writes to Redis', () => {
  const tricks: [string, (session: NewSession) => Promise<unknown>][] = [
    ['roles', (session) => setFacts(session, { roles: ['admin'] })],
    ['a scope', (session) => setFacts(session, { scope: 'admin:users' })],
    ['another generation', (session) => setFacts(session, { generation: 99 })],
    ['a change of roles', (session) => redis.hset(keyOf(session), 'now:roles', '["admin"]')],
    ['a fresh sign-in', (session) => redis.hset(keyOf(session), 'now:authenticatedAtMs', String(Date.now()))],
    ['a stronger sign-in', (session) => setFacts(session, { acr: 'aal3' })],
    ['another method', (session) => setFacts(session, { authMethods: ['hwk'] })],
    ['a device', (session) => setFacts(session, { deviceId: 'd'.repeat(32) })],
    ['nobody who acts', (session) => setFacts(session, { actorId: 1 })],
    ['another client', (session) => setFacts(session, { clientId: 'svc_0' })],
    ['another person', (session) => setFacts(session, { userId: 1 })],
    ['no seals', (session) => setFacts(session, { seals: undefined })],
    ['seals of nothing', (session) => setFacts(session, { seals: { origin: '', rights: '' } })],
    ['a fact that sessions do not have', (session) => setFacts(session, { superuser: true })],
    ['another seal', (session) => redis.hset(keyOf(session), 'now:seal:rights', '"AAAAAAAAAAAAAAAAAAAAAA"')],
    ['no JSON', (session) => redis.hset(keyOf(session), 'facts', '{')],
    ['no facts', (session) => redis.hdel(keyOf(session), 'facts')],
    // With a counter that would win over the ledger's account.
    ['much newer roles', (s) => setFacts(s, { roles: ['admin'] }).then(() => redis.hset(keyOf(s), 'version', 1_000))],
  ];
  it.each(tricks)('cannot give a session %s: what the ledger knows stands', async (_what, forge) => {
    const store = aStore();
    const session = aSession();
    const { session: before } = await store.open(session, 5);
    await forge(session);
    expect(await store.find(session.userId, session.id)).toEqual(before);
    await forge(session);
    expect(await store.list(session.userId)).toEqual([before]);
    await forge(session);
    expect(await store.rotate(aMove(session, 'first', 'second'))).toMatchObject({
      kind: 'rotated',
      session: { roles: ['user'], scope: '', generation: 0, userId: session.userId, acr: 'aal1', actorId: null },
    });
    await forge(session);
    const seen = { userId: session.userId, sessionId: session.id, requests: 1, lastRequestAtMs: 9, ipAddresses: [] };
    await store.recordActivity([seen]);
    // Nor does anything of it get into the ledger, from where it would come back.
    const { open } = await ledger.ofUser(session.userId);
    expect(open).toMatchObject([{ roles: ['user'], scope: '', acr: 'aal1', userId: session.userId }]);
  });

  it('cannot make a session of their own that is somebody else’s', async () => {
    const store = aStore();
    const [victim, own] = [aSession({ roles: ['admin'] }), aSession()];
    for (const session of [victim, own]) await store.open(session, 5);
    // A copy, seals and all, that their own token leads to.
    const copy = { ...victim, id: own.id };
    await redis.copy(keyOf(victim), keyOf(copy));
    await redis.hset(keyOf(copy), 'refreshTokenHash', hashOf('first'), 'id', own.id);
    await redis.zadd(userKeys(victim.userId).index, 1, own.id);
    await redis.set(ownerKey(own.id), victim.userId);
    expect(await store.rotate(aMove(copy, 'first', 'second'))).toEqual({ kind: 'gone' });
    expect(await store.find(victim.userId, own.id)).toBeUndefined();
    expect((await store.list(victim.userId)).map(({ id }) => id)).toEqual([victim.id]);
  });

  it('cannot make one up that nobody opened', async () => {
    const session = aSession({ roles: ['admin'] });
    await new RedisSessionStore(redis).open(session, 5);
    const store = aStore();
    expect(await store.find(session.userId, session.id)).toBeUndefined();
    expect(await store.rotate(aMove(session, 'first', 'second'))).toEqual({ kind: 'gone' });
    expect((await ledger.ofUser(session.userId)).open).toEqual([]);
  });
});

describe('a sealed session', () => {
  it('changes in all that may change', async () => {
    const store = aStore();
    const [session, other] = [aSession(), aSession()].map((one, _n, [first]) => ({ ...one, userId: first!.userId }));
    for (const one of [session!, other!]) await store.open(one, 5);
    const change = { authenticatedAtMs: 7, authMethods: ['pwd', 'otp'], acr: 'aal2', email: 'new@example.test' };
    expect(await store.amend(session!.userId, session!.id, change)).toMatchObject(change);
    const rights = { roles: ['support'], scope: 'admin:users:read', generation: 3 };
    await store.changeRights(session!.userId, rights);
    expect(await store.find(session!.userId, session!.id)).toMatchObject({ ...change, ...rights });
    expect(await store.find(session!.userId, other!.id)).toMatchObject({ acr: 'aal1', ...rights });
  });

  it('holds under either master key while it is being changed, and is sealed anew from the ledger after that', async () => {
    const session = aSession();
    await aStore().open(session, 5);
    const facts = () => redis.hget(keyOf(session), 'facts');
    const before = await facts();
    expect(await aStore(new SessionSeals(otherKey, masterKey)).find(session.userId, session.id)).toBeDefined();
    expect(await facts()).toBe(before);
    expect(await aStore(new SessionSeals(otherKey)).find(session.userId, session.id)).toBeDefined();
    expect(await facts()).not.toBe(before);
  });

  it('is what becomes of one that an earlier version opened, once the ledger has heard of it', async () => {
    const session = aSession({ userId: aUserId() });
    // By an instance that knows of neither.
    await new RedisSessionStore(redis).open(session, 5);
    const adopting = aStore(new SessionSeals(masterKey, undefined, 'adopt'));
    expect((await adopting.rotate(aMove(session, 'first', 'second'))).kind).toBe('rotated');
    await eventually(async () => expect((await ledger.ofUser(session.userId)).open).toHaveLength(1));
    expect((await aStore().rotate(aMove(session, 'second', 'third'))).kind).toBe('rotated');
  });
});
