import { randomHex } from '@gatehouse/kernel';
import { canonicalEmail } from '../src/users/email-address.js';
import type { NewUser } from '../src/users/user.js';
import type { UserRepository } from '../src/users/user-repository.port.js';
import { EmailTaken } from '../src/users/users.errors.js';

export interface UsersUnderTest {
  readonly users: UserRepository;
  /** Writers that share its data but nothing else, as instances of the service do; itself where there can be only one. */
  readonly writers: readonly UserRepository[];
}

/** A valid user with an address of its own; say only what the test is about. */
export function aNewUser(given: Partial<Omit<NewUser, 'emailCanonical'>> = {}): NewUser {
  const email = given.email ?? `User-${randomHex(6)}@Example.test`;
  return {
    email,
    emailCanonical: canonicalEmail(email),
    passwordHash: '$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA',
    name: null,
    roles: ['user'],
    ...given,
  };
}

/** What every {@link UserRepository} promises. */
export function describeUserRepository(name: string, set: () => Promise<UsersUnderTest>): void {
  describe(`users in ${name}`, () => {
    let users: UserRepository;
    let writers: readonly UserRepository[];
    beforeAll(async () => {
      ({ users, writers } = await set());
    });

    it('come back as they were created, by id and by canonical address', async () => {
      const facts = aNewUser({ name: 'Ada 🦊 Łovelace', roles: ['user', 'admin'] });
      const created = await users.create(facts);
      expect(created).toMatchObject({
        email: facts.email,
        name: 'Ada 🦊 Łovelace',
        roles: ['user', 'admin'],
        tokenGeneration: 0,
        disabledAtMs: null,
      });
      expect(Number.isSafeInteger(created.id) && created.id > 0).toBe(true);
      expect(Number.isSafeInteger(created.createdAtMs)).toBe(true);
      await expect(users.findById(created.id)).resolves.toEqual(created);
      await expect(users.findByEmail(facts.emailCanonical)).resolves.toEqual(created);
    });

    it('may come disabled, or with the day of their erasure', async () => {
      const { id } = await users.create(aNewUser({ disabledAtMs: 5, eraseAtMs: 1_767_225_700_000 }));
      await expect(users.findById(id)).resolves.toMatchObject({ disabledAtMs: 5, eraseAtMs: 1_767_225_700_000 });
    });

    it('are undefined when nobody has the id or the address', async () => {
      await expect(users.findById(2 ** 40)).resolves.toBeUndefined();
      await expect(users.findByEmail(canonicalEmail(`${randomHex(8)}@example.test`))).resolves.toBeUndefined();
    });

    it('are not found under an address that only resembles theirs (C17)', async () => {
      const tail = `${randomHex(6)}@example.test`;
      await users.create(aNewUser({ email: `adam-${tail}` }));
      // Accent- and space-insensitive collations would find Adam here.
      for (const other of [`ádam-${tail}`, `adam-${tail} `, `adam-${tail}\0`, `adam\u200b-${tail}`]) {
        await expect(users.findByEmail(canonicalEmail(other))).resolves.toBeUndefined();
      }
      await expect(users.create(aNewUser({ email: `ádam-${tail}` }))).resolves.toBeDefined();
    });

    it('have one address each: of 100 writers at once, one succeeds (A15, I7)', async () => {
      const tail = randomHex(6);
      const spellings = [`Zoé${tail}@Example.test`, `ZOE\u0301${tail}@example.test`, `ｚｏé${tail}@EXAMPLE.TEST`];
      const outcomes = await Promise.allSettled(
        Array.from({ length: 100 }, async (_, index) =>
          writers[index % writers.length]!.create(aNewUser({ email: spellings[index % spellings.length]! })),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
      const losers = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
      expect(losers.filter((reason) => !(reason instanceof EmailTaken))).toEqual([]);
    });

    it('take a stronger hash, unless the password has changed meanwhile', async () => {
      const user = await users.create(aNewUser());
      await users.rehash(user.id, 'something else', 'must not win');
      await expect(users.findById(user.id)).resolves.toMatchObject({ passwordHash: user.passwordHash });
      await users.rehash(user.id, user.passwordHash, '$argon2id$stronger');
      await expect(users.findById(user.id)).resolves.toMatchObject({ passwordHash: '$argon2id$stronger' });
    });

    describe('changed', () => {
      it('are as they were but for the change, when they come back', async () => {
        const user = await users.create(aNewUser({ emailVerifiedAtMs: 5, mustResetPassword: true }));
        expect(user).toMatchObject({ emailVerifiedAtMs: 5, mustResetPassword: true, eraseAtMs: null });
        const facts = {
          name: 'Ådä',
          emailVerifiedAtMs: null,
          passwordHash: '$argon2id$next',
          passwordChangedAtMs: 1_767_225_600_001,
          mustResetPassword: false,
          eraseAtMs: 1_767_225_700_000,
        };
        const changed = await users.change(user.id, facts);
        expect(changed).toEqual({ ...user, ...facts });
        await expect(users.findById(user.id)).resolves.toEqual(changed);
        await expect(users.change(user.id, { name: null })).resolves.toEqual({ ...changed, name: null });
      });

      it('limit their own sessions, each limit for itself, until they take it back', async () => {
        const user = await users.create(aNewUser());
        const none = { maxSessions: null, idleSeconds: null, absoluteSeconds: null };
        expect(user.ownSessionLimits).toEqual(none);
        const two = { idleSeconds: 1_800, absoluteSeconds: 7_776_000 };
        await users.change(user.id, { ownSessionLimits: two });
        await Promise.all([
          writers[0]!.change(user.id, { ownSessionLimits: { maxSessions: 2 } }),
          writers.at(-1)!.change(user.id, { ownSessionLimits: { idleSeconds: null } }),
        ]);
        const left = { ...user, ownSessionLimits: { ...none, maxSessions: 2, absoluteSeconds: 7_776_000 } };
        await expect(users.findById(user.id)).resolves.toEqual(left);
        await expect(users.change(user.id, { name: 'Ada' })).resolves.toEqual({ ...left, name: 'Ada' });
      });

      it('carry a higher generation when their rights change, or when asked to', async () => {
        const user = await users.create(aNewUser());
        await expect(users.change(user.id, { roles: ['admin'] })).resolves.toMatchObject({
          roles: ['admin'],
          tokenGeneration: 1,
        });
        await expect(users.change(user.id, { disabledAtMs: 5 })).resolves.toMatchObject({ tokenGeneration: 2 });
        await expect(users.change(user.id, { raiseGeneration: true })).resolves.toMatchObject({ tokenGeneration: 3 });
        await expect(users.change(user.id, { name: 'x' })).resolves.toMatchObject({ tokenGeneration: 3 });
        await Promise.all(
          Array.from({ length: 20 }, (_, index) => writers[index % writers.length]!.change(user.id, { roles: [] })),
        );
        await expect(users.findById(user.id)).resolves.toMatchObject({ tokenGeneration: 23 });
      });

      it('stay as they are where the condition does not hold, or nobody is there', async () => {
        const user = await users.create(aNewUser());
        const elsewhere = canonicalEmail('somebody@example.test');
        const others = [
          { passwordHash: 'other' },
          { tokenGeneration: 9 },
          { emailCanonical: elsewhere },
          { mustResetPassword: true },
        ];
        for (const onlyIf of others) {
          await expect(users.change(user.id, { name: 'no' }, onlyIf)).resolves.toBeUndefined();
        }
        await expect(users.change(2 ** 40, { name: 'no' })).resolves.toBeUndefined();
        await expect(users.findById(user.id)).resolves.toEqual(user);
        const holds = {
          passwordHash: user.passwordHash,
          tokenGeneration: 0,
          emailCanonical: canonicalEmail(user.email),
          mustResetPassword: false,
        };
        await expect(users.change(user.id, { name: 'yes' }, holds)).resolves.toMatchObject({ name: 'yes' });
        // The same values once more: found, though nothing is written.
        await expect(users.change(user.id, { name: 'yes' }, holds)).resolves.toMatchObject({ name: 'yes' });
      });

      it('move to a free address, and leave the old one free', async () => {
        const [user, other] = [await users.create(aNewUser()), await users.create(aNewUser())];
        const email = `Moved-${randomHex(6)}@Example.test`;
        const address = { email, emailCanonical: canonicalEmail(email) };
        await expect(users.change(user.id, { address })).resolves.toMatchObject({ id: user.id, email });
        await expect(users.findByEmail(address.emailCanonical)).resolves.toMatchObject({ id: user.id });
        await expect(users.findByEmail(canonicalEmail(user.email))).resolves.toBeUndefined();
        const taken = { email: other.email, emailCanonical: canonicalEmail(other.email) };
        await expect(users.change(user.id, { address: taken })).rejects.toBeInstanceOf(EmailTaken);
        await expect(users.create(aNewUser({ email: user.email }))).resolves.toBeDefined();
      });
    });

    it('are gone once removed, and their address is free', async () => {
      const user = await users.create(aNewUser());
      await expect(users.remove(user.id)).resolves.toBe(true);
      await expect(users.remove(user.id)).resolves.toBe(false);
      await expect(users.findById(user.id)).resolves.toBeUndefined();
      await expect(users.create(aNewUser({ email: user.email }))).resolves.toBeDefined();
    });

    it('come in pages, in the order of their ids, by the beginning of their address', async () => {
      const prefix = `p_%${randomHex(4)}`;
      const made = [];
      for (const tail of ['a', 'b', 'c', 'é'])
        made.push(await users.create(aNewUser({ email: `${prefix}${tail}@x.test` })));
      const emailPrefix = canonicalEmail(prefix);
      await expect(users.page({ limit: 10, emailPrefix })).resolves.toEqual(made);
      const first = await users.page({ limit: 2, emailPrefix });
      expect(first).toEqual(made.slice(0, 2));
      await expect(users.page({ limit: 9, emailPrefix, afterId: first[1]!.id })).resolves.toEqual(made.slice(2));
      await users.change(made[1]!.id, { eraseAtMs: 100 });
      await users.change(made[2]!.id, { eraseAtMs: 300 });
      const due = await users.page({ limit: 10, emailPrefix, eraseBeforeMs: 200 });
      expect(due.map(({ id }) => id)).toEqual([made[1]!.id]);
    });

    it.each([[0], [true], [null], [undefined], [{}], [['a']]])('are never found by %j (C18)', async (odd) => {
      await users.create(aNewUser());
      const find = async () => users.findByEmail(odd as never);
      await expect(find().catch(() => undefined)).resolves.toBeUndefined();
    });
  });
}
