import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryAuditLog } from '../audit/adapters/memory-audit-log.js';
import { MemoryMailOutbox } from '../mail/adapters/memory-mail-outbox.js';
import { Post } from '../mail/post.js';
import { Argon2PasswordHasher } from '../passwords/adapters/argon2-password-hasher.js';
import { HashingQueue } from '../passwords/hashing-queue.js';
import { PasswordPolicy } from '../passwords/password-policy.js';
import { WeakPassword } from '../passwords/passwords.errors.js';
import { MemoryUserRepository } from '../users/adapters/memory-user-repository.js';
import { canonicalEmail } from '../users/email-address.js';
import { EmailTaken } from '../users/users.errors.js';
import { SignUp, type SignUpCommand } from './sign-up.js';

function aSignUp({ enumerationSafe = false } = {}) {
  const clock = new FakeClock();
  const users = new MemoryUserRepository(clock);
  const mail = new MemoryMailOutbox(clock);
  const post = new Post(mail, () => undefined);
  const hasher = new Argon2PasswordHasher(new HashingQueue({ concurrency: 2, queue: 200 }), {
    memoryKib: 64,
    passes: 1,
    lanes: 1,
  });
  const audit = new MemoryAuditLog();
  const signUp = new SignUp(
    users,
    new PasswordPolicy({ minLength: 8, checksBreaches: false, refusedWords: [] }),
    hasher,
    post,
    audit,
    { enumerationSafe },
  );
  return { signUp, users, hasher, audit, mail };
}

function aCommand(given: Partial<SignUpCommand> = {}): SignUpCommand {
  return {
    email: 'ada@example.test',
    password: 'difference engine',
    ipAddress: '192.0.2.1',
    requestId: 'req-1',
    ...given,
  };
}

describe('signing up', () => {
  it('makes a user who may do what everybody may, and keeps only a hash of the password', async () => {
    const { signUp, users, hasher } = aSignUp();
    const user = await signUp.run(aCommand({ email: 'Ada@Example.test', name: 'Ada' }));
    expect(user).toMatchObject({ email: 'Ada@Example.test', name: 'Ada', roles: ['user'] });
    const kept = await users.findByEmail(canonicalEmail('ada@example.test'));
    await expect(hasher.matches('difference engine', kept!.passwordHash)).resolves.toBe(true);
    expect(JSON.stringify(kept)).not.toContain('difference engine');
  });

  it('refuses an address somebody has, in whatever spelling', async () => {
    const { signUp } = aSignUp();
    await signUp.run(aCommand());
    for (const email of ['ada@example.test', 'ADA@EXAMPLE.TEST', 'ａｄａ@example.test']) {
      await expect(signUp.run(aCommand({ email }))).rejects.toThrow(EmailTaken);
    }
  });

  it('lets one of a hundred simultaneous strangers have an address', async () => {
    const { signUp } = aSignUp();
    const emails = ['eve@example.test', 'EVE@example.test', 'ｅve@Example.test', 'e\u0056e@example.test'];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, index) => signUp.run(aCommand({ email: emails[index % emails.length]! }))),
    );
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1);
  });

  it('refuses a weak password before anything is asked or hashed', async () => {
    const { signUp, users, hasher } = aSignUp();
    const find = jest.spyOn(users, 'findByEmail');
    const hash = jest.spyOn(hasher, 'hash');
    for (const password of ['short', 'password123', 'ada@example.test']) {
      await expect(signUp.run(aCommand({ password }))).rejects.toThrow(WeakPassword);
    }
    expect(find).not.toHaveBeenCalled();
    expect(hash).not.toHaveBeenCalled();
  });

  it('leaves an audit event without the address', async () => {
    const { signUp, audit } = aSignUp();
    const user = await signUp.run(aCommand());
    expect(audit.events).toEqual([
      { kind: 'signup.succeeded', userId: user?.id, ipAddress: '192.0.2.1', requestId: 'req-1' },
    ]);
  });

  it('has the link that proves the address mailed', async () => {
    const { signUp, mail } = aSignUp();
    const user = await signUp.run(aCommand());
    expect(mail.orders).toMatchObject([{ kind: 'verify_email', userId: user?.id, address: 'ada@example.test' }]);
  });

  it('tells nobody whose address is known where it must not: one hash, one letter, no word (A10)', async () => {
    const { signUp, users, hasher, mail } = aSignUp({ enumerationSafe: true });
    const find = jest.spyOn(users, 'findByEmail');
    const hash = jest.spyOn(hasher, 'hash');
    const unknown = await signUp.run(aCommand());
    expect([hash.mock.calls.length, mail.orders.length, find.mock.calls.length]).toEqual([1, 1, 0]);
    const known = await signUp.run(aCommand({ email: 'ADA@example.test', password: 'another engine' }));
    expect([hash.mock.calls.length, mail.orders.length, find.mock.calls.length]).toEqual([2, 2, 0]);
    expect([unknown, known]).toEqual([undefined, undefined]);
    expect(mail.orders.map(({ kind }) => kind)).toEqual(['verify_email', 'address_taken']);
    const kept = await users.findByEmail(canonicalEmail('ada@example.test'));
    await expect(hasher.matches('difference engine', kept!.passwordHash)).resolves.toBe(true);
  });
});
