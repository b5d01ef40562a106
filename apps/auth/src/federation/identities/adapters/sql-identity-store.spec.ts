import { randomHex, SystemClock } from '@gatehouse/kernel';
import type { DataSource } from 'typeorm';
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

describe.each(databases)('identities in %s', (name, fresh) => {
  let store: SqlIdentityStore;
  let elsewhere: SqlIdentityStore;
  let users: SqlUserRepository;
  let dataSource: DataSource;
  beforeAll(async () => {
    const open = await fresh();
    const one = await open();
    // Of an SQLite file there is one process, and one connection.
    const other = name === 'SQLite' ? one : await open();
    const clock = new SystemClock();
    dataSource = one.dataSource;
    store = new SqlIdentityStore(one.dataSource, clock);
    elsewhere = new SqlIdentityStore(other.dataSource, clock);
    users = new SqlUserRepository(one.dataSource, clock);
  });

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

  it('are taken off an account together with a session that is noted at that very moment', async () => {
    const identity = anIdentity();
    const user = await store.createUser(aUser(undefined, '$argon2id$x'), identity);
    const [early, late] = [
      aSession(user.id, { identityId: identity.id }),
      aSession(user.id, { identityId: identity.id }),
    ];
    await store.noteSession(early);
    const reallyInOne = dataSource.transaction.bind(dataSource) as (work: unknown) => Promise<unknown>;
    jest.spyOn(dataSource, 'transaction').mockImplementationOnce(async (work: unknown) => {
      const done = await reallyInOne(work);
      // A sign-in that had found the identity there a moment ago.
      await store.noteSession(late);
      return done;
    });
    const outcome = await store.unlink(user.id, identity.id);
    expect(outcome).toEqual({
      kind: 'unlinked',
      identity: { ...identity, userId: user.id },
      sessionIds: [early.sessionId, late.sessionId],
    });
  });

  it('tell which sessions a logout ends, take its token once, and let none of them stand', async () => {
    const [one, other] = [aSession(1_001), aSession(1_001)];
    const [stranger, late] = [aSession(1_002), aSession(1_001, { openedAtMs: 9_000 })];
    for (const session of [one, other, stranger, late]) await store.noteSession(session);
    expect(await elsewhere.isStanding(one, 1_000)).toBe(true);
    expect(await elsewhere.findSession(one.sessionId)).toEqual(one);
    expect(await store.findSession('0'.repeat(64))).toBeUndefined();
    const taken = { print: randomHex(32), untilMs: Date.now() + 60_000 };
    const bySession = { providerSessionPrint: one.providerSessionPrint ?? '', subjectPrint: one.subjectPrint };
    const race = await Promise.all([
      store.endAtProvider(bySession, Date.now(), taken),
      elsewhere.endAtProvider(bySession, Date.now(), taken),
    ]);
    expect(race.map((ended) => ended?.map(({ sessionId }) => sessionId)).sort()).toEqual([[one.sessionId], undefined]);
    expect(await store.isStanding(one, 1_000)).toBe(false);
    // One that comes of the same session there, a moment later.
    const again = aSession(1_001, { providerSessionPrint: one.providerSessionPrint });
    await store.noteSession(again);
    expect(await elsewhere.isStanding(again, 1_000)).toBe(false);
    const all = await store.endAtProvider(
      { subjectPrint: one.subjectPrint, openedUpToMs: 8_000 },
      Date.now(),
      undefined,
    );
    expect(all?.map(({ sessionId }) => sessionId)).toEqual(expect.arrayContaining([other.sessionId]));
    expect(await Promise.all([other, stranger, late].map((session) => store.isStanding(session, 1_000)))).toEqual([
      false,
      true,
      true,
    ]);
    expect((await store.unsettled(100)).map(({ sessionId }) => sessionId)).toEqual(
      expect.arrayContaining([one.sessionId, other.sessionId]),
    );
    await store.prune(Date.now() + 120_000);
    expect(await store.isStanding(stranger, 1_000)).toBe(false);
    expect((await store.unsettled(100)).length).toBeGreaterThanOrEqual(2);
    await store.forgetSessions([one.sessionId, other.sessionId, again.sessionId]);
    expect(await store.unsettled(100)).toEqual([]);
  });

  it('remember from when on a person must have proven anew who they are, the latest word of all', async () => {
    const [one, other] = [aSession(1_003), aSession(1_004)];
    for (const session of [one, other]) await store.noteSession(session);
    const nowMs = Date.now();
    const endAll = (provenBeforeMs: number) =>
      elsewhere.endAtProvider({ subjectPrint: one.subjectPrint, openedUpToMs: 0, provenBeforeMs }, nowMs, {
        print: randomHex(32),
        untilMs: nowMs + 60_000,
      });
    expect(await store.isStanding(one, 0)).toBe(true);
    for (const beforeMs of [nowMs - 5_000, nowMs - 60_000]) expect(await endAll(beforeMs)).toEqual([]);
    expect(await store.isStanding(one, nowMs - 5_001)).toBe(false);
    expect(await store.isStanding(one, nowMs - 5_000)).toBe(true);
    expect(await store.isStanding({ ...one, providerSessionPrint: null }, nowMs - 5_001)).toBe(false);
    expect(await store.isStanding(other, 0)).toBe(true);
    // Nobody signs a front channel: whoever made names up would fill a table.
    await elsewhere.endAtProvider(
      { subjectPrint: other.subjectPrint, openedUpToMs: 0, provenBeforeMs: nowMs },
      nowMs,
      undefined,
    );
    expect(await store.isStanding(other, 0)).toBe(true);
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
