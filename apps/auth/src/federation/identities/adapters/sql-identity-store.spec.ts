import { randomHex, SystemClock } from '@gatehouse/kernel';
import { databases } from '../../../../test/databases.js';
import { SqlUserRepository } from '../../../users/adapters/sql-user-repository.js';
import { canonicalEmail } from '../../../users/email-address.js';
import { EmailTaken } from '../../../users/users.errors.js';
import { IdentityTaken } from '../../federation.errors.js';
import type { FederatedSession, NewIdentity } from '../identity.js';
import { providerSessionPrint, subjectPrint } from '../prints.js';
import { SqlIdentityStore } from './sql-identity-store.js';

const anIdentity = (given: Partial<NewIdentity> = {}): NewIdentity => ({
  id: randomHex(16),
  provider: 'entra',
  key: `entra|t|${randomHex(8)}`,
  label: 'ada@example.test',
  grantedRoles: ['buyer'],
  linkedAtMs: 1,
  lastUsedAtMs: 1,
  ...given,
});

const aUser = (email = `${randomHex(6)}@example.test`, passwordHash = 'none:x') => ({
  email,
  emailCanonical: canonicalEmail(email),
  passwordHash,
  name: null,
  roles: ['user'],
});

describe.each(databases)('identities in %s', (name, fresh) => {
  let store: SqlIdentityStore;
  let elsewhere: SqlIdentityStore;
  let users: SqlUserRepository;
  beforeAll(async () => {
    const open = await fresh();
    const one = await open();
    // Of an SQLite file there is one process, and one connection.
    const other = name === 'SQLite' ? one : await open();
    const clock = new SystemClock();
    store = new SqlIdentityStore(one.dataSource, clock);
    elsewhere = new SqlIdentityStore(other.dataSource, clock);
    users = new SqlUserRepository(one.dataSource, clock);
  });

  function aSession(userId: number, given: Partial<FederatedSession> = {}): FederatedSession {
    return {
      sessionId: randomHex(32),
      userId,
      identityId: randomHex(16),
      provider: 'entra',
      providerSessionPrint: providerSessionPrint('entra', 'iss', randomHex(8)),
      subjectPrint: subjectPrint('entra', 'iss', String(userId)),
      openedAtMs: 1_000,
      expiresAtMs: Date.now() + 60_000,
      ...given,
    };
  }

  it('are found by their key alone, letter by letter', async () => {
    const identity = anIdentity();
    const user = await store.createUser(aUser(), identity);
    expect(await store.findByKey(identity.key)).toEqual({ ...identity, userId: user.id });
    for (const other of [identity.key.toUpperCase(), `${identity.key} `, identity.label ?? '']) {
      expect(await store.findByKey(other)).toBeUndefined();
    }
    expect(await store.list(user.id)).toHaveLength(1);
  });

  it('make one user, however many begin at once; and of a duplicate nothing is left', async () => {
    const identity = anIdentity();
    const tries = await Promise.allSettled(
      [store, elsewhere, store, elsewhere].map((one) => one.createUser(aUser(), { ...identity, id: randomHex(16) })),
    );
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of tries) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(IdentityTaken);
    }
    const email = `${randomHex(6)}@example.test`;
    await store.createUser(aUser(email), anIdentity());
    const late = anIdentity();
    await expect(store.createUser(aUser(email), late)).rejects.toThrow(EmailTaken);
    expect(await store.findByKey(late.key)).toBeUndefined();
    const taken = `${randomHex(6)}@example.test`;
    await expect(store.createUser(aUser(taken), { ...identity, id: randomHex(16) })).rejects.toThrow(IdentityTaken);
    expect(await users.findByEmail(canonicalEmail(taken))).toBeUndefined();
  });

  it('leave one way in, of however many are taken away at once', async () => {
    const first = anIdentity();
    const user = await store.createUser(aUser(), first);
    const second = anIdentity();
    await store.link(user.id, second);
    await expect(elsewhere.link(user.id, { ...second, id: randomHex(16) })).rejects.toThrow(IdentityTaken);
    const outcomes = await Promise.all([store.unlink(user.id, first.id), elsewhere.unlink(user.id, second.id)]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['last', 'unlinked']);
    expect(await store.unlink(user.id + 1, first.id)).toEqual({ kind: 'unknown' });
    const withPassword = await store.createUser(aUser(undefined, '$argon2id$x'), anIdentity({ id: 'a'.repeat(32) }));
    expect((await store.unlink(withPassword.id, 'a'.repeat(32))).kind).toBe('unlinked');
  });

  it('tell which sessions a logout ends, take its token once, and let none of them stand', async () => {
    const [one, other] = [aSession(1_001), aSession(1_001)];
    const [stranger, late] = [aSession(1_002), aSession(1_001, { openedAtMs: 9_000 })];
    for (const session of [one, other, stranger, late]) await store.noteSession(session);
    expect(await elsewhere.isStanding(one)).toBe(true);
    expect(await elsewhere.findSession(one.sessionId)).toEqual(one);
    expect(await store.findSession('0'.repeat(64))).toBeUndefined();
    const taken = { print: randomHex(32), untilMs: Date.now() + 60_000 };
    const bySession = { providerSessionPrint: one.providerSessionPrint ?? '', subjectPrint: one.subjectPrint };
    const race = await Promise.all([
      store.endAtProvider(bySession, Date.now(), taken),
      elsewhere.endAtProvider(bySession, Date.now(), taken),
    ]);
    expect(race.map((ended) => ended?.map(({ sessionId }) => sessionId)).sort()).toEqual([[one.sessionId], undefined]);
    expect(await store.isStanding(one)).toBe(false);
    // One that comes of the same session there, a moment later.
    const again = aSession(1_001, { providerSessionPrint: one.providerSessionPrint });
    await store.noteSession(again);
    expect(await elsewhere.isStanding(again)).toBe(false);
    const all = await store.endAtProvider(
      { subjectPrint: one.subjectPrint, openedUpToMs: 8_000 },
      Date.now(),
      undefined,
    );
    expect(all?.map(({ sessionId }) => sessionId)).toEqual(expect.arrayContaining([other.sessionId]));
    expect(await Promise.all([other, stranger, late].map((session) => store.isStanding(session)))).toEqual([
      false,
      true,
      true,
    ]);
    expect((await store.unsettled(100)).map(({ sessionId }) => sessionId)).toEqual(
      expect.arrayContaining([one.sessionId, other.sessionId]),
    );
    await store.prune(Date.now() + 120_000);
    expect(await store.isStanding(stranger)).toBe(false);
    expect((await store.unsettled(100)).length).toBeGreaterThanOrEqual(2);
    await store.forgetSessions([one.sessionId, other.sessionId, again.sessionId]);
    expect(await store.unsettled(100)).toEqual([]);
  });

  it('are forgotten with the person', async () => {
    const identity = anIdentity();
    const user = await store.createUser(aUser(), identity);
    await store.noteSession(aSession(user.id));
    await store.forgetUser(user.id);
    await store.forgetUser(user.id);
    expect([await store.list(user.id), await store.findByKey(identity.key)]).toEqual([[], undefined]);
  });
});
