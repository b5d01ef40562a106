import { DatabaseUnavailable } from '@gatehouse/failures';
import { randomHex, SystemClock } from '@gatehouse/kernel';
import { SessionStore } from '@gatehouse/session-store';
import { aPersonOf } from '../../test/admin-of.js';
import { letterTo, startReadyAuth, tokenIn } from '../../test/mailbox.js';
import type { RunningAuth } from '../../test/start-auth.js';
import { Post } from '../mail/post.js';
import { UserRepository } from '../users/user-repository.port.js';
import { EraseAccounts } from './erasure/erase-accounts.js';

const PASSWORD = 'difference engine';
const DAY_MS = 86_400_000;
const anAddress = () => `Ada-${randomHex(6)}@example.test`;

const post = (auth: RunningAuth, path: string, body?: object, token?: string) =>
  auth.ask('POST', `/api/v1/auth/${path}`, {
    ...(body === undefined ? {} : { body }),
    ...(token === undefined ? {} : { token }),
  });
const get = (auth: RunningAuth, path: string, token: string) => auth.ask('GET', `/api/v1/${path}`, { token });
const signIn = (auth: RunningAuth, email: string) => post(auth, 'signin', { email, password: PASSWORD });
const leave = (auth: RunningAuth, token: string) => auth.ask('DELETE', '/api/v1/auth/account', { token });
const sweep = (auth: RunningAuth) => auth.app.get(EraseAccounts, { strict: false }).run();

async function aPerson(auth: RunningAuth) {
  const email = anAddress();
  await post(auth, 'signup', { email, password: PASSWORD, name: 'Ada' });
  const { body } = await signIn(auth, email);
  const { access_token: token, refresh_token: refreshToken, user } = body.data;
  return { email, token: token as string, refreshToken: refreshToken as string, id: user.id as number };
}

/** The system's time, moved. */
class ShiftedClock extends SystemClock {
  offsetMs = 0;
  override nowMs(): number {
    return super.nowMs() + this.offsetMs;
  }
}

describe('an account', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startReadyAuth();
  });
  afterAll(() => auth.close());

  it('lets its owner change the name and take it away, and nothing else', async () => {
    const { token } = await aPerson(auth);
    const patch = (body: object) => auth.ask('PATCH', '/api/v1/auth/me', { token, body });
    expect((await patch({ name: 'Countess' })).body.data.user.name).toBe('Countess');
    expect((await patch({})).body.data.user.name).toBe('Countess');
    expect((await patch({ name: null })).body.data.user.name).toBeNull();
    for (const body of [
      { roles: ['admin'] },
      { email: 'x@example.test' },
      { name: '' },
      { name: 'x'.repeat(101) },
      { name: 'a\u0000b' },
      { name: 7 },
      { name: ['a'] },
    ]) {
      expect((await patch(body)).status).toBe(400);
    }
    expect((await get(auth, 'auth/me', token)).body.data.user).toMatchObject({ name: null, roles: ['user'] });
  });

  it('says when its password was changed, to its owner, in an export and to administrators alike', async () => {
    const { token, id } = await aPerson(auth);
    const { token: admin } = await aPersonOf(auth, ['admin']);
    const told = async (): Promise<(string | null)[]> => {
      const profile = await get(auth, 'auth/me', token);
      const { body } = await post(auth, 'account/export', undefined, token);
      const exported = await get(auth, `auth/account/export/${body.data.export_id as string}`, token);
      const administered = await get(auth, `admin/users/${id}`, admin);
      const users = [profile.body.data.user, exported.body.data.profile, administered.body.data.user];
      return users.map(({ password_changed_at: at }: { password_changed_at: string | null }) => at);
    };
    expect(await told()).toEqual([null, null, null]);
    const changedMs = Date.now();
    await post(auth, 'password/change', { current: PASSWORD, new: 'analytical engine' }, token);
    const [first, ...others] = await told();
    expect(Date.parse(first ?? '')).toBeGreaterThanOrEqual(changedMs);
    expect(others).toEqual([first, first]);
  });

  it('shows its owner what happened to it, page by page, and to nobody else', async () => {
    const { token } = await aPerson(auth);
    const other = await aPerson(auth);
    await post(auth, 'password/change', { current: 'wrong', new: 'analytical engine' }, token);
    await post(auth, 'password/change', { current: PASSWORD, new: 'analytical engine' }, token);
    const kinds: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '?limit=2' : `?limit=2&cursor=${encodeURIComponent(cursor)}`;
      const { body } = await get(auth, `auth/activity${query}`, token);
      expect(body.data.events.length).toBeLessThanOrEqual(2);
      kinds.push(...body.data.events.map(({ kind }: { kind: string }) => kind));
      cursor = body.data.next_cursor;
    } while (cursor !== null);
    expect(kinds).toEqual(expect.arrayContaining(['signup.succeeded', 'signin.succeeded', 'password.changed']));
    expect(kinds.indexOf('password.changed')).toBeLessThan(kinds.indexOf('signup.succeeded'));
    const theirs = await get(auth, 'auth/activity', other.token);
    expect(theirs.body.data.events.map(({ kind }: { kind: string }) => kind)).not.toContain('password.changed');
    for (const query of ['?limit=0', '?limit=201', '?limit=x', '?cursor=nonsense', '?user_id=1']) {
      expect((await get(auth, `auth/activity${query}`, token)).status).toBe(400);
    }
  });

  it('hands out everything that is held about its owner, to its owner', async () => {
    const { token, email, id } = await aPerson(auth);
    const other = await aPerson(auth);
    const ordered = await post(auth, 'account/export', undefined, token);
    expect(ordered.status).toBe(202);
    const ticket = ordered.body.data.export_id as string;
    const { status, body, text } = await get(auth, `auth/account/export/${ticket}`, token);
    expect(status).toBe(200);
    expect(body.data.profile).toMatchObject({ id, email, name: 'Ada' });
    expect(body.data.sessions).toHaveLength(1);
    expect(body.data.activity.events.map(({ kind }: { kind: string }) => kind)).toContain('signup.succeeded');
    expect(text).not.toMatch(/argon2|passwordHash|password_hash|token_hash/);
    const theirs = await get(auth, `auth/account/export/${ticket}`, other.token);
    const unknown = await get(auth, `auth/account/export/${'A'.repeat(43)}`, other.token);
    expect([theirs.status, unknown.status]).toEqual([404, 404]);
  });
});

describe('an account that is to be deleted', () => {
  it('ends all its sessions at once, and can be kept by signing in (B4)', async () => {
    const auth = await startReadyAuth();
    const { token, refreshToken, email } = await aPerson(auth);
    const elsewhere = (await signIn(auth, email)).body.data.access_token as string;
    const { status, body } = await leave(auth, token);
    expect(status).toBe(202);
    expect(Date.parse(body.data.erase_at) - Date.now()).toBeGreaterThan(13 * DAY_MS);
    for (const one of [token, elsewhere]) expect((await get(auth, 'sessions', one)).status).toBe(401);
    expect((await post(auth, 'refresh', { refresh_token: refreshToken })).status).toBe(401);
    expect(await sweep(auth)).toBe(0);
    const back = await signIn(auth, email);
    expect(back.status).toBe(200);
    expect((await get(auth, 'sessions', back.body.data.access_token as string)).status).toBe(200);
    await auth.close();
  });

  it('can be kept with the link that is mailed, once', async () => {
    const clock = new ShiftedClock();
    const auth = await startReadyAuth({}, { clock });
    const { token, email } = await aPerson(auth);
    await leave(auth, token);
    const link = tokenIn(await letterTo(auth, email, /will be deleted/));
    expect((await post(auth, 'account/restore', { token: link })).status).toBe(200);
    const again = await post(auth, 'account/restore', { token: link });
    expect([again.status, again.body.error.code]).toEqual([400, 'RESTORE_TOKEN_INVALID']);
    clock.offsetMs = 15 * DAY_MS;
    expect(await sweep(auth)).toBe(0);
    await auth.close();
  });

  it('sends the link to keep it also where that failed at first: its owner can ask again until then', async () => {
    const auth = await startReadyAuth();
    const { token, email } = await aPerson(auth);
    const away = new DatabaseUnavailable('away');
    jest.spyOn(auth.app.get(Post, { strict: false }), 'order').mockRejectedValueOnce(away);
    expect((await leave(auth, token)).status).toBe(503);
    expect((await leave(auth, token)).status).toBe(202);
    expect((await get(auth, 'sessions', token)).status).toBe(401);
    const link = tokenIn(await letterTo(auth, email, /will be deleted/));
    expect((await post(auth, 'account/restore', { token: link })).status).toBe(200);
    await auth.close();
  });

  it('can be kept with the link where it could not be at first', async () => {
    const auth = await startReadyAuth();
    const { token, email, id } = await aPerson(auth);
    await leave(auth, token);
    const link = tokenIn(await letterTo(auth, email, /will be deleted/));
    const users = auth.app.get(UserRepository);
    jest.spyOn(users, 'change').mockRejectedValueOnce(new DatabaseUnavailable('away'));
    expect((await post(auth, 'account/restore', { token: link })).status).toBe(503);
    expect((await post(auth, 'account/restore', { token: link })).status).toBe(200);
    expect(await users.findById(id)).toMatchObject({ eraseAtMs: null });
    await auth.close();
  });

  it('cannot be kept any more once its erasure has begun, though it broke off and the link was good a moment ago', async () => {
    const clock = new ShiftedClock();
    const auth = await startReadyAuth({}, { clock });
    const { token, email, id } = await aPerson(auth);
    await leave(auth, token);
    const link = tokenIn(await letterTo(auth, email, /will be deleted/));
    const users = auth.app.get(UserRepository);
    const findById = users.findById.bind(users);
    jest.spyOn(users, 'findById').mockImplementationOnce(async (...given) => {
      clock.offsetMs = 14 * DAY_MS + 1_000;
      jest.spyOn(users, 'remove').mockRejectedValueOnce(new DatabaseUnavailable('away'));
      await expect(sweep(auth)).rejects.toThrow(DatabaseUnavailable);
      return findById(...given);
    });
    expect((await post(auth, 'account/restore', { token: link })).body.error.code).toBe('RESTORE_TOKEN_INVALID');
    expect(await sweep(auth)).toBe(1);
    expect(await users.findById(id)).toBeUndefined();
    await auth.close();
  });

  it('is gone on its day: no sign-in, no token, no letter, nothing left but ids in the audit log (B4)', async () => {
    const clock = new ShiftedClock();
    const auth = await startReadyAuth({ REFRESH_TOKEN_EXPIRY: '30d' }, { clock });
    const { token, email, id, refreshToken } = await aPerson(auth);
    await post(auth, 'password/forgot', { email });
    const reset = tokenIn(await letterTo(auth, email, /new password/));
    await leave(auth, token);
    const restore = tokenIn(await letterTo(auth, email, /will be deleted/));
    clock.offsetMs = 14 * DAY_MS + 1_000;
    expect(await sweep(auth)).toBe(1);
    expect(await sweep(auth)).toBe(0);
    expect((await signIn(auth, email)).body.error.code).toBe('INVALID_CREDENTIALS');
    expect((await post(auth, 'account/restore', { token: restore })).status).toBe(400);
    expect((await post(auth, 'password/reset', { token: reset, password: 'analytical engine' })).status).toBe(400);
    expect((await post(auth, 'refresh', { refresh_token: refreshToken })).status).toBe(401);
    expect(auth.log()).not.toContain(email);
    // The address is free again, for somebody who is somebody else.
    expect((await post(auth, 'signup', { email, password: PASSWORD })).status).toBe(201);
    expect((await signIn(auth, email)).body.data.user.id).not.toBe(id);
    await auth.close();
  });

  it('is gone at once where there is no delay', async () => {
    const auth = await startReadyAuth({ ACCOUNT_ERASURE_DELAY: '0' });
    const { token, email } = await aPerson(auth);
    expect((await leave(auth, token)).status).toBe(202);
    expect((await get(auth, 'sessions', token)).status).toBe(401);
    expect((await signIn(auth, email)).body.error.code).toBe('INVALID_CREDENTIALS');
    await auth.close();
  });
});

describe('what cannot be undone', () => {
  it('asks for a sign-in that is not long ago', async () => {
    const auth = await startReadyAuth();
    const { id, refreshToken } = await aPerson(auth);
    const sessions = auth.app.get(SessionStore, { strict: false });
    const [session] = await sessions.list(id);
    await sessions.amend(id, session!.id, { authenticatedAtMs: Date.now() - 901_000 });
    const refreshed = await post(auth, 'refresh', { refresh_token: refreshToken });
    const token = refreshed.body.data.access_token as string;
    const asks = [
      leave(auth, token),
      post(auth, 'account/export', undefined, token),
      get(auth, `auth/account/export/${'A'.repeat(43)}`, token),
      post(auth, 'email/change', { email: anAddress() }, token),
    ];
    for (const answer of await Promise.all(asks)) {
      expect([answer.status, answer.body.error.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    }
    expect((await get(auth, 'auth/me', token)).status).toBe(200);
    await auth.close();
  });
});
