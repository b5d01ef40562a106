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

    it('are undefined when nobody has the id or the address', async () => {
      await expect(users.findById(2 ** 40)).resolves.toBeUndefined();
      await expect(users.findByEmail(canonicalEmail(`${randomHex(8)}@example.test`))).resolves.toBeUndefined();
    });

    it('are not found under an address that only resembles theirs', async () => {
      const tail = `${randomHex(6)}@example.test`;
      await users.create(aNewUser({ email: `adam-${tail}` }));
      // Accent- and space-insensitive collations would find Adam here.
      for (const other of [`ádam-${tail}`, `adam-${tail} `, `adam-${tail}\0`, `adam\u200b-${tail}`]) {
        await expect(users.findByEmail(canonicalEmail(other))).resolves.toBeUndefined();
      }
      await expect(users.create(aNewUser({ email: `ádam-${tail}` }))).resolves.toBeDefined();
    });

    it('have one address each: of 100 writers at once, one succeeds', async () => {
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

    it.each([[0], [true], [null], [undefined], [{}], [['a']]])('are never found by %j', async (odd) => {
      await users.create(aNewUser());
      const find = async () => users.findByEmail(odd as never);
      await expect(find().catch(() => undefined)).resolves.toBeUndefined();
    });
  });
}
