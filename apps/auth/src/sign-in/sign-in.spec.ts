import { randomBytes } from 'node:crypto';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { Session } from '@gatehouse/session-store';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { aSession } from '@gatehouse/session-store/testing';
import { EmailNotVerified, PasswordResetRequired } from '../accounts/accounts.errors.js';
import { SignInConditions } from '../accounts/sign-in-conditions.js';
import { MemoryAuditLog } from '../audit/adapters/memory-audit-log.js';
import { ConfirmOwnLimits } from '../own-session-policy/confirm-own-limits.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { TokenSigner } from '../tokens/token-signer.port.js';
import { MemoryUserRepository } from '../users/adapters/memory-user-repository.js';
import { canonicalEmail } from '../users/email-address.js';
import type { User } from '../users/user.js';
import { OpenSession, type RevokeDisplaced } from './open-session.js';
import type { SessionSettings } from './session-settings.js';
import { newSessionId, type SignedIn, SignIn, type SignInCommand } from './sign-in.js';
import { AccountDisabled, InvalidCredentials, SessionLimitReached } from './sign-in.errors.js';

const PASSWORD = 'correct horse battery';
const DAY_MS = 86_400_000;
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

async function aSignIn({
  requireVerifiedEmail = false,
  ...given
}: { requireVerifiedEmail?: boolean } & Partial<SessionSettings> = {}) {
  const clock = new FakeClock();
  const users = new MemoryUserRepository(clock);
  const hasher = new PlainHasher();
  const sessions = new MemorySessionStore(clock);
  const audit = new MemoryAuditLog();
  const revoked: Parameters<RevokeDisplaced['run']>[0][] = [];
  const settled: number[] = [];
  const leftovers = { settle: true };
  const revoke: RevokeDisplaced = {
    run: async (request) => {
      revoked.push(request);
      return { revocationId: 'r' };
    },
  };
  const settle = {
    run: async (userId: number) => {
      settled.push(userId);
      return leftovers.settle;
    },
  };
  const settings: SessionSettings = {
    idleTtlMs: 3_600_000,
    absoluteTtlMs: 7 * DAY_MS,
    rememberMeTtlMs: 30 * DAY_MS,
    maxSessionsPerUser: 5,
    atLimit: 'evict_oldest',
    ...given,
  };
  const grant = {
    of: async ({ roles, tokenGeneration }: User) => ({ roles, scope: '', generation: tokenGeneration }),
    confirm: async (session: Session): Promise<Session | undefined> => session,
  };
  const confirmLimits = new ConfirmOwnLimits(sessions, users);
  const opening = new OpenSession(sessions, revoke, settle, settings, confirmLimits, audit);
  const devices = { run: jest.fn(async () => ({ deviceId: 'd'.repeat(32), deviceToken: 'for the client' })) };
  const signIn = new SignIn(
    users,
    hasher,
    new SignInConditions(users, audit, requireVerifiedEmail),
    grant,
    opening,
    devices,
    new AccessTokenIssuer(new ClaimsAsToken(), { issuer: 'i', audience: 'a', lifetimeSeconds: 900 }, clock),
    new RefreshTokens(randomBytes(32)),
    audit,
    settings,
    clock,
  );
  const user = await users.create({
    email: alice.email,
    emailCanonical: canonicalEmail(alice.email),
    passwordHash: `new:${PASSWORD}`,
    name: null,
    roles: ['user'],
  });
  return { signIn, users, hasher, sessions, audit, revoked, revoke, settled, leftovers, devices, grant, clock, user };
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

  it('opens a new session each time: an id known before sign-in is worth nothing (B2)', async () => {
    const { signIn, sessions, user } = await aSignIn();
    const planted = 'a'.repeat(64);
    const first = await signIn.run(aCommand({ sessionChoice: planted }));
    const second = await signIn.run(aCommand({ sessionChoice: planted }));
    expect(new Set([planted, first.sessionId, second.sessionId]).size).toBe(3);
    await expect(sessions.find(user.id, planted)).resolves.toBeUndefined();
  });

  it('refuses an unknown e-mail exactly as it refuses a wrong password, after the same work (A9)', async () => {
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

  it('gives up the idle deadline for "remember me", which has an absolute one of its own (B7)', async () => {
    const { signIn } = await aSignIn();
    const plain = (await signIn.run(aCommand())).recorded!.session;
    const kept = (await signIn.run(aCommand({ rememberMe: true }))).recorded!.session;
    expect(plain.idleExpiresAtMs - plain.createdAtMs).toBe(3_600_000);
    expect(kept.idleExpiresAtMs).toBe(kept.absoluteExpiresAtMs);
    expect(plain.absoluteExpiresAtMs - plain.createdAtMs).toBe(7 * DAY_MS);
    expect(kept.absoluteExpiresAtMs - kept.createdAtMs).toBe(30 * DAY_MS);
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

describe('a person who has as many sessions as they may', () => {
  const refused = (attempt: Promise<unknown>) =>
    attempt.catch((error: unknown) => error) as Promise<SessionLimitReached>;

  it('is refused under "deny", and told how many that is but not which: they prove only a password', async () => {
    const { signIn, sessions, devices, audit, user } = await aSignIn({ atLimit: 'deny', maxSessionsPerUser: 2 });
    for (let n = 0; n < 2; n++) await signIn.run(aCommand());
    const live = await sessions.list(user.id);
    devices.run.mockClear();
    for (const sessionChoice of [undefined, live[0]!.id]) {
      const failure = await refused(signIn.run(aCommand({ sessionChoice })));
      expect(failure).toBeInstanceOf(SessionLimitReached);
      expect(failure.details).toEqual({ max_sessions: 2 });
    }
    expect(await sessions.list(user.id)).toEqual(live);
    // Nobody is told of a new device that did not get in.
    expect(devices.run).not.toHaveBeenCalled();
    expect(audit.events.at(-1)).toMatchObject({ kind: 'signin.failed', details: { reason: 'session_limit' } });
  });

  it('is asked under "ask", and gets in with the choice, which ends', async () => {
    const { signIn, sessions, audit, user } = await aSignIn({ atLimit: 'ask', maxSessionsPerUser: 2 });
    const [first, second] = [await signIn.run(aCommand()), await signIn.run(aCommand({ deviceName: 'Desk' }))];
    const { details } = await refused(signIn.run(aCommand()));
    expect(details.sessions).toEqual([
      {
        id: second.sessionId,
        created_at: '2026-01-01T00:00:00.000Z',
        last_access: '2026-01-01T00:00:00.000Z',
        ip_address: '192.0.2.1',
        device: { name: 'Desk', type: null, os: null, browser: null },
      },
      expect.objectContaining({ id: first.sessionId }),
    ]);
    const third = await signIn.run(aCommand({ sessionChoice: second.sessionId }));
    expect((await sessions.list(user.id)).map(({ id }) => id)).toEqual([third.sessionId, first.sessionId]);
    expect(audit.events.filter(({ kind }) => kind === 'session.revoked')).toMatchObject([
      { userId: user.id, sessionId: second.sessionId },
    ]);
  });

  it('ends nobody else’s session by choosing it, and learns nothing of it', async () => {
    const { signIn, sessions } = await aSignIn({ atLimit: 'ask', maxSessionsPerUser: 1 });
    const theirs = aSession();
    await sessions.open(theirs, 5);
    await signIn.run(aCommand());
    const answers = [];
    for (const sessionChoice of [theirs.id, 'f'.repeat(64)]) {
      answers.push((await refused(signIn.run(aCommand({ sessionChoice })))).details);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(JSON.stringify(answers)).not.toContain(theirs.id);
    await expect(sessions.find(theirs.userId, theirs.id)).resolves.toBeDefined();
  });

  it('is asked again when others were faster than the look ahead', async () => {
    const { signIn, sessions, user } = await aSignIn({ atLimit: 'ask', maxSessionsPerUser: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => signIn.run(aCommand())));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await expect(sessions.list(user.id)).resolves.toHaveLength(3);
  });

  it('revokes the chosen one before it answers, by itself if it must', async () => {
    const { signIn, revoked, revoke, leftovers } = await aSignIn({ atLimit: 'ask', maxSessionsPerUser: 1 });
    const { sessionId, user } = await signIn.run(aCommand());
    leftovers.settle = false;
    const second = await signIn.run(aCommand({ sessionChoice: sessionId }));
    expect(revoked).toEqual([{ userId: user.id, sessionIds: [sessionId], reason: 'user_revoked' }]);
    revoke.run = async () => Promise.reject(new DatabaseUnavailable('away'));
    await expect(signIn.run(aCommand({ sessionChoice: second.sessionId }))).rejects.toThrow(DatabaseUnavailable);
  });

  it('leaves no session behind by a sign-in that fails after it opened one: it would keep its owner out', async () => {
    const { signIn, sessions, grant, revoke, leftovers, user } = await aSignIn({
      atLimit: 'ask',
      maxSessionsPerUser: 1,
    });
    const confirm = grant.confirm;
    grant.confirm = async () => Promise.reject(new DatabaseUnavailable('away'));
    await expect(signIn.run(aCommand())).rejects.toThrow(DatabaseUnavailable);
    grant.confirm = async () => undefined;
    await expect(signIn.run(aCommand())).rejects.toThrow(InvalidCredentials);
    grant.confirm = confirm;
    const { sessionId } = await signIn.run(aCommand());
    leftovers.settle = false;
    revoke.run = async () => Promise.reject(new DatabaseUnavailable('away'));
    await expect(signIn.run(aCommand({ sessionChoice: sessionId }))).rejects.toThrow(DatabaseUnavailable);
    await expect(sessions.list(user.id)).resolves.toEqual([]);
    // What it has ended stays so, and is settled by whatever comes next.
    await expect(sessions.unconfirmedEnds(user.id)).resolves.toMatchObject([{ sessionId, cause: 'user_revoked' }]);
  });

  it('may choose under "evict_oldest" too; a choice that makes no room leaves it to the oldest', async () => {
    const { signIn, sessions, user } = await aSignIn({ maxSessionsPerUser: 2 });
    const [first, second] = [await signIn.run(aCommand()), await signIn.run(aCommand())];
    const third = await signIn.run(aCommand({ sessionChoice: second.sessionId }));
    expect((await sessions.list(user.id)).map(({ id }) => id)).toEqual([third.sessionId, first.sessionId]);
    const fourth = await signIn.run(aCommand({ sessionChoice: second.sessionId }));
    expect((await sessions.list(user.id)).map(({ id }) => id)).toEqual([fourth.sessionId, third.sessionId]);
  });

  it.each(['deny', 'ask'] as const)(
    'gets an access token alone while the store is away, under "%s" too',
    async (atLimit) => {
      const { signIn, sessions } = await aSignIn({ atLimit });
      for (const move of ['list', 'openWithin'] as const) {
        jest.spyOn(sessions, move).mockRejectedValue(new SessionStoreUnavailable('away'));
      }
      expect((await signIn.run(aCommand())).recorded).toBeUndefined();
    },
  );
});

describe('a person who limits their own sessions', () => {
  const HOUR_SECONDS = 3_600;
  const lifeOf = ({ recorded }: SignedIn) => {
    const { createdAtMs, idleExpiresAtMs, absoluteExpiresAtMs } = recorded!.session;
    return [idleExpiresAtMs - createdAtMs, absoluteExpiresAtMs - createdAtMs];
  };

  it('gets the narrower of their limit and the service’s, remembered or not', async () => {
    const { signIn, users, user } = await aSignIn({ idleTtlMs: DAY_MS });
    await users.change(user.id, { ownSessionLimits: { idleSeconds: HOUR_SECONDS, absoluteSeconds: 20 * 86_400 } });
    expect(lifeOf(await signIn.run(aCommand()))).toEqual([3_600_000, 7 * DAY_MS]);
    expect(lifeOf(await signIn.run(aCommand({ rememberMe: true })))).toEqual([3_600_000, 20 * DAY_MS]);
    await users.change(user.id, { ownSessionLimits: { idleSeconds: null, absoluteSeconds: 6 * HOUR_SECONDS } });
    expect(lifeOf(await signIn.run(aCommand()))).toEqual([6 * 3_600_000, 6 * 3_600_000]);
    expect(lifeOf(await signIn.run(aCommand({ rememberMe: true })))).toEqual([6 * 3_600_000, 6 * 3_600_000]);
  });

  it.each(['evict_oldest', 'deny', 'ask'] as const)('has no more than they chose, under "%s"', async (atLimit) => {
    const { signIn, sessions, users, user } = await aSignIn({ atLimit });
    for (let n = 0; n < 3; n++) await signIn.run(aCommand());
    await users.change(user.id, { ownSessionLimits: { maxSessions: 2 } });
    // What is open stays open until they sign in again.
    await expect(sessions.list(user.id)).resolves.toHaveLength(3);
    const outcome = await signIn.run(aCommand()).catch((error: unknown) => error);
    if (atLimit === 'evict_oldest') return expect(await sessions.list(user.id)).toHaveLength(2);
    expect(outcome).toBeInstanceOf(SessionLimitReached);
    expect((outcome as SessionLimitReached).details.max_sessions).toBe(2);
  });

  it('never has more than the service allows, whatever they chose before it allowed less', async () => {
    const { signIn, sessions, users, user } = await aSignIn({ maxSessionsPerUser: 2 });
    await users.change(user.id, { ownSessionLimits: { maxSessions: 4 } });
    for (let n = 0; n < 4; n++) await signIn.run(aCommand());
    await expect(sessions.list(user.id)).resolves.toHaveLength(2);
  });

  it('keeps to what they choose while a sign-in is on its way', async () => {
    const { signIn, sessions, users, grant, user } = await aSignIn();
    // The session stands, and whoever looks for open ones has looked before.
    grant.confirm = async (session) => {
      await users.change(user.id, { ownSessionLimits: { idleSeconds: 1_800, absoluteSeconds: HOUR_SECONDS } });
      return session;
    };
    const signedIn = await signIn.run(aCommand());
    expect(lifeOf(signedIn)).toEqual([1_800_000, 3_600_000]);
    await expect(sessions.find(user.id, signedIn.sessionId)).resolves.toEqual(signedIn.recorded!.session);
  });
});

describe('a session id', () => {
  it('is 256 random bits: none comes twice, each digit as often as any other (B1)', () => {
    const ids = Array.from({ length: 100_000 }, newSessionId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => !/^[0-9a-f]{64}$/.test(id))).toEqual([]);
    const expected = ids.length / 16;
    for (let place = 0; place < 64; place++) {
      const counts = new Map<string, number>();
      for (const id of ids) counts.set(id[place]!, (counts.get(id[place]!) ?? 0) + 1);
      const chiSquare = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      // 15 degrees of freedom: chance alone exceeds 60 once in two million places.
      expect([place, counts.size, chiSquare < 60]).toEqual([place, 16, true]);
    }
  });
});
