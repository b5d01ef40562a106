import { randomBytes } from 'node:crypto';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { EmailNotVerified, PasswordResetRequired } from '../accounts/accounts.errors.js';
import { SignInConditions } from '../accounts/sign-in-conditions.js';
import { MemoryAuditLog } from '../audit/adapters/memory-audit-log.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { TokenSigner } from '../tokens/token-signer.port.js';
import { MemoryUserRepository } from '../users/adapters/memory-user-repository.js';
import { canonicalEmail } from '../users/email-address.js';
import { type RevokeEvicted, SignIn, type SignInCommand } from './sign-in.js';
import { AccountDisabled, InvalidCredentials } from './sign-in.errors.js';

const PASSWORD = 'correct horse battery';
const alice = { email: 'Alice@Example.test', password: PASSWORD };

/** Hashes by prefix, and remembers what it was asked to check. */
class PlainHasher extends PasswordHasher {
  override readonly decoyHash = 'decoy';
  readonly checked: { password: string; hash: string }[] = [];

  override async hash(password: string): Promise<string> {
    return `new:${password}`;
  }
  override async matches(password: string, hash: string): Promise<boolean> {
    this.checked.push({ password, hash });
    return hash.split(':')[1] === password;
  }
  override needsRehash(hash: string): boolean {
    return hash.startsWith('old:');
  }
}

class ClaimsAsToken extends TokenSigner {
  override async sign(claims: object): Promise<string> {
    return JSON.stringify(claims);
  }
}

async function aSignIn({ requireVerifiedEmail = false } = {}) {
  const clock = new FakeClock();
  const users = new MemoryUserRepository(clock);
  const hasher = new PlainHasher();
  const sessions = new MemorySessionStore(clock);
  const audit = new MemoryAuditLog();
  const revoked: Parameters<RevokeEvicted['run']>[0][] = [];
  const settled: number[] = [];
  const leftovers = { settle: true };
  const revoke: RevokeEvicted = {
    run: async (request) => {
      revoked.push(request);
      return { revocationId: 'r' };
    },
  };
  const signIn = new SignIn(
    users,
    hasher,
    new SignInConditions(users, audit, requireVerifiedEmail),
    {
      of: async ({ roles, tokenGeneration }) => ({ roles, scope: '', generation: tokenGeneration }),
      confirm: async (session) => session,
    },
    sessions,
    revoke,
    {
      run: async (userId) => {
        settled.push(userId);
        return leftovers.settle;
      },
    },
    { run: async () => ({ deviceId: 'd'.repeat(32), deviceToken: 'for the client' }) },
    new AccessTokenIssuer(new ClaimsAsToken(), { issuer: 'i', audience: 'a', lifetimeSeconds: 900 }, clock),
    new RefreshTokens(randomBytes(32)),
    audit,
    { idleTtlMs: 3_600_000, absoluteTtlMs: 7 * 86_400_000, maxSessionsPerUser: 5 },
    clock,
  );
  const user = await users.create({
    email: alice.email,
    emailCanonical: canonicalEmail(alice.email),
    passwordHash: `new:${PASSWORD}`,
    name: null,
    roles: ['user'],
  });
  return { signIn, users, hasher, sessions, audit, revoked, revoke, settled, leftovers, clock, user };
}

function aCommand(given: Partial<SignInCommand> = {}): SignInCommand {
  return { ...alice, rememberMe: false, ipAddress: '192.0.2.1', userAgent: '', requestId: 'req-1', ...given };
}

describe('signing in', () => {
  it('opens a session and hands out tokens that name it', async () => {
    const { signIn, sessions, user } = await aSignIn();
    const signedIn = await signIn.run(aCommand());
    expect(signedIn.sessionId).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.parse(signedIn.accessToken.token)).toMatchObject({
      sid: signedIn.sessionId,
      sub: String(user.id),
      gen: 0,
    });
    expect(signedIn.recorded?.refreshToken.startsWith(`${signedIn.sessionId}.`)).toBe(true);
    await expect(sessions.find(user.id, signedIn.sessionId)).resolves.toEqual(signedIn.recorded?.session);
  });

  it('finds the account under any spelling of its address', async () => {
    const { signIn, user } = await aSignIn();
    const signedIn = await signIn.run(aCommand({ email: 'ＡLICE@example.TEST' }));
    expect(signedIn.user.id).toBe(user.id);
  });

  it('opens a new session each time: an id known before sign-in is worth nothing', async () => {
    const { signIn } = await aSignIn();
    expect((await signIn.run(aCommand())).sessionId).not.toBe((await signIn.run(aCommand())).sessionId);
  });

  it('refuses an unknown e-mail exactly as it refuses a wrong password, after the same work', async () => {
    const { signIn, hasher, user } = await aSignIn();
    const wrong = await signIn.run(aCommand({ password: 'wrong' })).catch((error: unknown) => error);
    const unknown = await signIn.run(aCommand({ email: 'nobody@example.test' })).catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(InvalidCredentials);
    expect(unknown).toEqual(wrong);
    expect(hasher.checked.map(({ hash }) => hash)).toEqual([user.passwordHash, 'decoy']);
  });

  it('tells that an account is disabled only to somebody who knows the password', async () => {
    const { signIn, users, sessions, user } = await aSignIn();
    await users.change(user.id, { disabledAtMs: 1 });
    await expect(signIn.run(aCommand({ password: 'wrong' }))).rejects.toThrow(InvalidCredentials);
    await expect(signIn.run(aCommand())).rejects.toThrow(AccountDisabled);
    await expect(sessions.list(user.id)).resolves.toEqual([]);
  });

  it('tells that a new password or a proof of the address is asked for only to somebody who knows the password', async () => {
    const { signIn, users, sessions, user } = await aSignIn({ requireVerifiedEmail: true });
    await expect(signIn.run(aCommand({ password: 'wrong' }))).rejects.toThrow(InvalidCredentials);
    await expect(signIn.run(aCommand())).rejects.toThrow(EmailNotVerified);
    await users.change(user.id, { emailVerifiedAtMs: 1, mustResetPassword: true });
    await expect(signIn.run(aCommand({ password: 'wrong' }))).rejects.toThrow(InvalidCredentials);
    await expect(signIn.run(aCommand())).rejects.toThrow(PasswordResetRequired);
    await expect(sessions.list(user.id)).resolves.toEqual([]);
    await users.change(user.id, { mustResetPassword: false });
    await signIn.run(aCommand());
  });

  it('takes back the erasure of an account, and only with the right password', async () => {
    const { signIn, users, audit, user } = await aSignIn();
    await users.change(user.id, { eraseAtMs: 1_000_000 });
    await signIn.run(aCommand({ password: 'wrong' })).catch(() => undefined);
    await expect(users.findById(user.id)).resolves.toMatchObject({ eraseAtMs: 1_000_000 });
    const signedIn = await signIn.run(aCommand());
    await expect(users.findById(user.id)).resolves.toMatchObject({ eraseAtMs: null });
    expect(signedIn.recorded?.session.generation).toBe((await users.findById(user.id))?.tokenGeneration);
    expect(audit.events.map(({ kind }) => kind)).toContain('account.erasure_cancelled');
  });

  it('opens no session for an account whose erasure has begun', async () => {
    const { signIn, users, sessions, user } = await aSignIn();
    await users.change(user.id, { eraseAtMs: 1_000_000 });
    const found = await users.findByEmail(canonicalEmail(alice.email));
    jest.spyOn(users, 'findByEmail').mockResolvedValue(found);
    await users.change(user.id, { disabledAtMs: 1_000_000 });
    await expect(signIn.run(aCommand())).rejects.toThrow(InvalidCredentials);
    await expect(sessions.list(user.id)).resolves.toEqual([]);
  });

  it('revokes the displaced sessions before it answers, with all that is to be settled or by itself', async () => {
    const { signIn, revoked, leftovers, clock, user } = await aSignIn();
    for (let round = 0; round < 6; round++) await signIn.run(aCommand());
    expect(revoked).toEqual([]);
    leftovers.settle = false;
    const ids: string[] = [];
    for (let round = 0; round < 6; round++) {
      clock.advance(1_000);
      ids.push((await signIn.run(aCommand())).sessionId);
    }
    expect(revoked).toHaveLength(6);
    expect(revoked.slice(-1)).toEqual([{ userId: user.id, sessionIds: [ids[0]], reason: 'evicted_limit' }]);
  });

  it('finishes what an instance that died left half done for this person', async () => {
    const { signIn, settled, user } = await aSignIn();
    await signIn.run(aCommand());
    expect(settled).toEqual([user.id]);
  });

  it('does not answer when a displaced session could not be revoked', async () => {
    const { signIn, revoke, leftovers } = await aSignIn();
    for (let round = 0; round < 5; round++) await signIn.run(aCommand());
    leftovers.settle = false;
    revoke.run = async () => Promise.reject(new DatabaseUnavailable('away'));
    await expect(signIn.run(aCommand())).rejects.toThrow(DatabaseUnavailable);
  });

  it('still signs in while the session store is away, with an access token only', async () => {
    const { signIn, sessions, audit } = await aSignIn();
    jest.spyOn(sessions, 'open').mockRejectedValue(new SessionStoreUnavailable('away'));
    const signedIn = await signIn.run(aCommand());
    expect(signedIn.recorded).toBeUndefined();
    expect(JSON.parse(signedIn.accessToken.token)).toMatchObject({ sid: signedIn.sessionId });
    expect(audit.events.at(-1)).toMatchObject({ kind: 'signin.succeeded', details: { degraded: true } });
  });

  it('fails when nobody can be recognised, before any session is opened', async () => {
    const { signIn, users, sessions } = await aSignIn();
    jest.spyOn(users, 'findByEmail').mockRejectedValue(new DatabaseUnavailable('away'));
    const open = jest.spyOn(sessions, 'open');
    await expect(signIn.run(aCommand())).rejects.toThrow(DatabaseUnavailable);
    expect(open).not.toHaveBeenCalled();
  });

  it('gives up the idle deadline for "remember me", never the absolute one', async () => {
    const { signIn } = await aSignIn();
    const plain = (await signIn.run(aCommand())).recorded!.session;
    const kept = (await signIn.run(aCommand({ rememberMe: true }))).recorded!.session;
    expect(plain.idleExpiresAtMs - plain.createdAtMs).toBe(3_600_000);
    expect(kept.idleExpiresAtMs).toBe(kept.absoluteExpiresAtMs);
    expect(kept.absoluteExpiresAtMs).toBe(plain.absoluteExpiresAtMs);
  });

  it('brings a hash made with weaker parameters up to date, and only after the right password', async () => {
    const { signIn, users, user } = await aSignIn();
    await users.change(user.id, { passwordHash: `old:${PASSWORD}` });
    await signIn.run(aCommand({ password: 'wrong' })).catch(() => undefined);
    await expect(users.findById(user.id)).resolves.toMatchObject({ passwordHash: `old:${PASSWORD}` });
    await signIn.run(aCommand());
    await expect(users.findById(user.id)).resolves.toMatchObject({ passwordHash: `new:${PASSWORD}` });
  });

  it('names the device: as the person does, else from the user agent, else not at all', async () => {
    const { signIn } = await aSignIn();
    const userAgent =
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
    const named = async (given: Partial<SignInCommand>) =>
      (await signIn.run(aCommand(given))).recorded?.session.deviceName;
    await expect(named({ userAgent, deviceName: 'Desk' })).resolves.toBe('Desk');
    await expect(named({ userAgent })).resolves.toBe('Chrome on macOS');
    await expect(named({ userAgent: '' })).resolves.toBeNull();
    await expect(named({ userAgent: '\0'.repeat(5_000) })).resolves.toBeNull();
  });

  it('leaves an audit event for success and failure alike, with ids and no secrets', async () => {
    const { signIn, audit, user } = await aSignIn();
    const { sessionId } = await signIn.run(aCommand());
    await signIn.run(aCommand({ password: 'wrong-secret' })).catch(() => undefined);
    await signIn.run(aCommand({ email: 'nobody@example.test' })).catch(() => undefined);
    const common = { ipAddress: '192.0.2.1', requestId: 'req-1' };
    expect(audit.events).toEqual([
      { kind: 'signin.succeeded', userId: user.id, sessionId, details: { degraded: false }, ...common },
      { kind: 'signin.failed', userId: user.id, details: { reason: 'wrong_password' }, ...common },
      { kind: 'signin.failed', details: { reason: 'unknown_email' }, ...common },
    ]);
    expect(JSON.stringify(audit.events)).not.toMatch(/wrong-secret|correct horse|example\.test/);
  });
});
