import { pbkdf2Sync } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import * as onNodesThreads from '@node-rs/argon2';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { asImported } from '../foreign/imported-hash.js';
import { HashingQueue } from '../hashing-queue.js';
import { Argon2PasswordHasher, DEFAULT_ARGON2_COST } from './argon2-password-hasher.js';
import { HashingThreadLost, HashingThreads } from './hashing-threads.js';

const queue = () => new HashingQueue({ concurrency: 2, queue: 64 });

const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 };
const threads = new HashingThreads(2);
afterAll(() => threads.close());

describe.each([
  ["Node's own threads", onNodesThreads],
  ['threads of its own', threads],
])('argon2id password hashing on %s', (_where, argon2) => {
  const hasher = new Argon2PasswordHasher(queue(), CHEAP, argon2);

  it('uses 19 MiB and two passes unless told otherwise, and writes them down with 16 bytes of salt (A8)', async () => {
    const standard = new Argon2PasswordHasher(queue(), DEFAULT_ARGON2_COST, argon2);
    expect(await standard.hash('correct horse')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const [, , , , salt = ''] = (await standard.hash('correct horse')).split('$');
    expect(Buffer.from(salt, 'base64')).toHaveLength(16);
    expect(standard.decoyHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(DEFAULT_ARGON2_COST).toEqual({ memoryKib: 19_456, passes: 2, lanes: 1 });
  });

  it('matches the password and no other', async () => {
    const hash = await hasher.hash('correct horse');
    await expect(hasher.matches('correct horse', hash)).resolves.toBe(true);
    await expect(hasher.matches('Correct horse', hash)).resolves.toBe(false);
    await expect(hasher.matches('', hash)).resolves.toBe(false);
  });

  it.each([
    ['a byte beyond the 72nd', `${'a'.repeat(72)}b`, `${'a'.repeat(72)}c`],
    ['what follows a zero', 'a\0b', 'a\0c'],
    ['a space at the end', 'password', 'password '],
  ])('cares about %s (A3)', async (_what, one, other) => {
    await expect(hasher.matches(other, await hasher.hash(one))).resolves.toBe(false);
  });

  it('takes composed and decomposed letters for the same (A7)', async () => {
    await expect(hasher.matches('e\u0301t\u00e9', await hasher.hash('\u00e9te\u0301'))).resolves.toBe(true);
  });

  it('salts: one password, two hashes', async () => {
    expect(await hasher.hash('same')).not.toBe(await hasher.hash('same'));
  });

  it.each(['', 'plain text', '$argon2id$v=19$broken'])(
    'refuses every password for the damaged hash %j',
    async (damaged) => {
      await expect(hasher.matches('anything', damaged)).resolves.toBe(false);
    },
  );

  it('knows a hash made with weaker parameters (A8)', async () => {
    const stronger = new Argon2PasswordHasher(queue(), { memoryKib: 128, passes: 1, lanes: 1 }, argon2);
    expect(stronger.needsRehash(await hasher.hash('x'))).toBe(true);
    expect(stronger.needsRehash(await stronger.hash('x'))).toBe(false);
    expect(stronger.needsRehash('damaged')).toBe(true);
  });

  it('checks a hash that was brought along against the password as typed, and wants to replace it', async () => {
    const typed = 'e\u0301t\u00e9';
    const brought = asImported(await bcryptHash(typed, 4));
    await expect(hasher.matches(typed, brought)).resolves.toBe(true);
    await expect(hasher.matches(typed.normalize('NFC'), brought)).resolves.toBe(false);
    expect(hasher.needsRehash(brought)).toBe(true);
    // One that looks like ours but for the mark, too.
    expect(hasher.needsRehash(asImported(await hasher.hash('x')))).toBe(true);
  });

  it('never checks a hash that would cost too much, however it came to be there', async () => {
    const digest = pbkdf2Sync('x', 'salt', 2_000_001, 32, 'sha256').toString('base64');
    await expect(hasher.matches('x', asImported(`pbkdf2_sha256$2000001$salt$${digest}`))).resolves.toBe(false);
    await expect(hasher.matches('x', asImported('$2b$31$nonsense'))).resolves.toBe(false);
  });

  it('checks hashes of others in the same queue as ours', async () => {
    const full = new Argon2PasswordHasher(new HashingQueue({ concurrency: 1, queue: 0 }), CHEAP, argon2);
    const brought = asImported(await bcryptHash('x', 4));
    const outcomes = await Promise.allSettled([full.matches('x', brought), full.matches('x', brought)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it("has a decoy that is nobody's password", async () => {
    await expect(hasher.matches('', hasher.decoyHash)).resolves.toBe(false);
  });
});

describe('threads that hash passwords', () => {
  it('never take a lost thread for a wrong password, and go on with another', async () => {
    const own = new HashingThreads(1);
    const hasher = new Argon2PasswordHasher(queue(), { memoryKib: 65_536, passes: 3, lanes: 1 }, own);
    const known = await hasher.hash('correct horse');
    const posted = jest.spyOn(Worker.prototype, 'postMessage');
    const checks = [hasher.matches('correct horse', known), hasher.matches('correct horse', known)];
    const outcomes = Promise.allSettled(checks);
    await (posted.mock.contexts[0] as Worker).terminate();
    posted.mockRestore();
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: expect.any(HashingThreadLost) },
      { status: 'rejected', reason: expect.any(HashingThreadLost) },
    ]);
    await expect(hasher.matches('correct horse', known)).resolves.toBe(true);
    await own.close();
  });

  it('share the work among them', async () => {
    const posted = jest.spyOn(Worker.prototype, 'postMessage');
    const own = new HashingThreads(2);
    const hasher = new Argon2PasswordHasher(queue(), CHEAP, own);
    await Promise.all(Array.from({ length: 8 }, () => hasher.hash('x')));
    const [first, second] = new Set(posted.mock.contexts);
    posted.mockRestore();
    expect(first).toBeInstanceOf(Worker);
    expect(second).toBeInstanceOf(Worker);
    await own.close();
  });
});
