import { DatabaseUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/testing';
import { letterTo, lettersOf, startReadyAuth, tokenIn } from '../../../test/mailbox.js';
import type { RunningAuth } from '../../../test/start-auth.js';
import { Post } from '../../mail/post.js';
import { PasswordPolicy } from '../../passwords/password-policy.js';
import { EndUserSessions } from '../../revocations/end-user-sessions.js';
import { UserRepository } from '../../users/user-repository.port.js';
import { OtherWaysIn } from '../other-ways-in.js';
import { AccountTokenStore } from '../tokens/account-token-store.port.js';

const OLD = 'difference engine';
const NEW = 'analytical engine';

describe('passwords', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startReadyAuth({ MAIL_PER_ADDRESS_PER_HOUR: '5' });
  });
  afterAll(() => auth.close());

  const post = (path: string, body: object, token?: string) =>
    auth.ask('POST', `/api/v1/auth/${path}`, { body, ...(token === undefined ? {} : { token }) });
  const signIn = (email: string, password: string) => post('signin', { email, password });
  const isAlive = async (token: string) => (await auth.ask('GET', '/api/v1/sessions', { token })).status;

  async function aPerson() {
    const email = `Ada-${randomHex(6)}@example.test`;
    await post('signup', { email, password: OLD });
    const { body } = await signIn(email, OLD);
    const { access_token: token, refresh_token: refreshToken, user } = body.data;
    return { email, id: user.id as number, token: token as string, refreshToken: refreshToken as string };
  }

  async function aLink(email: string): Promise<string> {
    expect((await post('password/forgot', { email })).status).toBe(202);
    return tokenIn(await letterTo(auth, email, /new password/));
  }

  it('are forgotten and set anew: all sessions end, the old one no longer signs in, and the mailbox is told', async () => {
    const { email, token, refreshToken } = await aPerson();
    // In another spelling: the letter goes to the one its owner uses.
    await post('password/forgot', { email: email.toUpperCase() });
    const link = tokenIn(await letterTo(auth, email, /new password/));
    const reset = await post('password/reset', { token: link, password: NEW });
    expect(reset.status).toBe(200);
    expect(reset.body.data).toMatchObject({ password_changed: true, sessions_ended: 1 });
    expect((await auth.ask('GET', '/api/v1/auth/me', { token })).status).toBe(401);
    expect((await post('refresh', { refresh_token: refreshToken })).status).toBe(401);
    expect((await signIn(email, OLD)).status).toBe(401);
    expect((await signIn(email, NEW)).status).toBe(200);
    await letterTo(auth, email, /was changed/);
  });

  it('prove the address as well: the link came by mail', async () => {
    const { email } = await aPerson();
    await post('password/reset', { token: await aLink(email), password: NEW });
    const { body } = await signIn(email, NEW);
    const me = await auth.ask('GET', '/api/v1/auth/me', { token: body.data.access_token as string });
    expect(me.body.data.user).toMatchObject({ email_verified: true });
  });

  it('forgotten answers are the same for a known and an unknown address: status, headers and body (A9)', async () => {
    const { email } = await aPerson();
    const known = await post('password/forgot', { email });
    const unknown = await post('password/forgot', { email: `nobody-${randomHex(6)}@example.test` });
    expect(known.status).toBe(202);
    expect(unknown.status).toBe(202);
    expect(unknown.text).toBe(known.text);
    const shape = (headers: Record<string, string>) => ({ ...headers, 'x-request-id': '', date: '' });
    expect(shape(unknown.headers)).toEqual(shape(known.headers));
  });

  it('sends an unknown address nothing', async () => {
    const email = `nobody-${randomHex(6)}@example.test`;
    await post('password/forgot', { email });
    const { email: witness } = await aPerson();
    await aLink(witness);
    expect(lettersOf(auth).filter(({ to }) => to === email)).toEqual([]);
  });

  it('are set by one of a hundred uses of one link (A15)', async () => {
    const { email } = await aPerson();
    const token = await aLink(email);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => post('password/reset', { token, password: `engine number ${n} of mine` })),
    );
    const won = answers.flatMap(({ status }, n) => (status === 200 ? [n] : []));
    expect(won).toHaveLength(1);
    const others = answers.filter(({ status }) => status !== 200);
    expect(new Set(others.map(({ body }) => body.error.code))).toEqual(new Set(['RESET_TOKEN_INVALID']));
    expect((await signIn(email, `engine number ${won[0]} of mine`)).status).toBe(200);
  });

  it('refused ones do not use up the link', async () => {
    const { email } = await aPerson();
    const token = await aLink(email);
    for (const password of ['short', 'password123', email]) {
      expect((await post('password/reset', { token, password })).body.error.code).toBe('WEAK_PASSWORD');
    }
    expect((await post('password/reset', { token, password: NEW })).status).toBe(200);
    expect((await post('password/reset', { token, password: `${NEW} again` })).body.error.code).toBe(
      'RESET_TOKEN_INVALID',
    );
  });

  it('only the newest link works', async () => {
    const { email } = await aPerson();
    const first = await aLink(email);
    await post('password/forgot', { email });
    await eventually(async () => {
      expect(lettersOf(auth).filter(({ to, subject }) => to === email && /new password/.test(subject))).toHaveLength(2);
    });
    const second = tokenIn(await letterTo(auth, email, /new password/));
    expect(second).not.toBe(first);
    expect((await post('password/reset', { token: first, password: NEW })).status).toBe(400);
    expect((await post('password/reset', { token: second, password: NEW })).status).toBe(200);
  });

  it('a mailbox is not filled by strangers: five links an hour, and the answer stays the same', async () => {
    const { email } = await aPerson();
    for (let n = 0; n < 12; n++) expect((await post('password/forgot', { email })).status).toBe(202);
    const { email: witness } = await aPerson();
    await aLink(witness);
    const links = () => lettersOf(auth).filter(({ to, subject }) => to === email && /new password/.test(subject));
    await eventually(() => expect(links()).toHaveLength(5));
  });

  it.each(['', 'x', 'A'.repeat(43), 'A'.repeat(44), '../..', "' OR 1=1 --", '%00'])(
    'a made-up token (%j) costs no hash and says nothing',
    async (token) => {
      const { body } = await post('password/reset', { token, password: 'short' });
      expect(body.error.code).toBe('RESET_TOKEN_INVALID');
    },
  );

  it('are changed by who knows the current one; the other sessions end, this one stays (A12)', async () => {
    const { email, token } = await aPerson();
    const other = (await signIn(email, OLD)).body.data.access_token as string;
    const wrong = await post('password/change', { current: 'wrong', new: NEW }, token);
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    const changed = await post('password/change', { current: OLD, new: NEW }, token);
    expect(changed.body.data).toMatchObject({ password_changed: true, sessions_ended: 1 });
    expect(await isAlive(other)).toBe(401);
    expect(await isAlive(token)).toBe(200);
    expect((await signIn(email, OLD)).status).toBe(401);
    expect((await signIn(email, NEW)).status).toBe(200);
    await letterTo(auth, email, /was changed/);
  });

  it('are changed with an end to this session as well, where that is wanted', async () => {
    const { token } = await aPerson();
    await post('password/change', { current: OLD, new: NEW, keep_current_session: false }, token);
    expect(await isAlive(token)).toBe(401);
  });

  it('a link that was asked for before a change no longer works after it', async () => {
    const { email, token } = await aPerson();
    const link = await aLink(email);
    await post('password/change', { current: OLD, new: NEW }, token);
    expect((await post('password/reset', { token: link, password: OLD })).status).toBe(400);
  });

  it('a repeated change or reset is answered as the first time, where it would fail by now', async () => {
    const { email, token } = await aPerson();
    const twice = async (path: string, body: object) => {
      const ask = { body, token, headers: { 'idempotency-key': path } };
      const first = await auth.ask('POST', `/api/v1/auth/${path}`, ask);
      const second = await auth.ask('POST', `/api/v1/auth/${path}`, ask);
      expect([first.status, second.status, second.headers['idempotency-replayed']]).toEqual([200, 200, 'true']);
      expect(second.body.data).toEqual(first.body.data);
    };
    await twice('password/change', { current: OLD, new: NEW });
    await twice('password/reset', { token: await aLink(email), password: OLD });
    expect((await signIn(email, OLD)).status).toBe(200);
  });

  it('the same password again is no change', async () => {
    const { token } = await aPerson();
    const { status, body } = await post('password/change', { current: OLD, new: OLD }, token);
    expect([status, body.error.code]).toEqual([400, 'PASSWORD_REUSED']);
  });

  it('of two changes at once one holds', async () => {
    const { email, token } = await aPerson();
    const wanted = ['first engine of all', 'second engine of all'];
    const answers = await Promise.all(
      wanted.map((next) => post('password/change', { current: OLD, new: next }, token)),
    );
    const won = wanted.filter((_next, n) => answers[n]?.status === 200);
    expect(won).toHaveLength(1);
    expect((await signIn(email, won[0]!)).status).toBe(200);
  });

  const away = new DatabaseUnavailable('away');
  const of = <T>(type: abstract new (...given: never[]) => T): T => auth.app.get(type as never, { strict: false });
  const failing: Record<string, () => unknown> = {
    'the sessions': () => jest.spyOn(of(EndUserSessions), 'run').mockRejectedValueOnce(away),
    'the links that are out': () => jest.spyOn(of(AccountTokenStore), 'voidAll').mockRejectedValueOnce(away),
    'the other ways in': () => jest.spyOn(of(OtherWaysIn), 'close').mockRejectedValueOnce(away),
    'the letter': () => jest.spyOn(of(Post), 'order').mockRejectedValueOnce(away),
  };

  it.each(['the sessions', 'the links that are out', 'the letter'])(
    'are changed by asking again where %s could not be seen to',
    async (what) => {
      const { email, token } = await aPerson();
      const other = (await signIn(email, OLD)).body.data.access_token as string;
      const link = await aLink(email);
      failing[what]?.();
      expect((await post('password/change', { current: OLD, new: NEW }, token)).status).toBe(503);
      expect((await post('password/change', { current: OLD, new: NEW }, token)).status).toBe(200);
      expect([await isAlive(other), await isAlive(token)]).toEqual([401, 200]);
      expect((await post('password/reset', { token: link, password: OLD })).status).toBe(400);
      expect((await signIn(email, NEW)).status).toBe(200);
      await letterTo(auth, email, /was changed/);
    },
  );

  it.each(['the sessions', 'the links that are out', 'the other ways in', 'the letter'])(
    'are set anew by the same link where %s could not be seen to',
    async (what) => {
      const { id, email, token } = await aPerson();
      const link = await aLink(email);
      failing[what]?.();
      expect((await post('password/reset', { token: link, password: NEW })).status).toBe(503);
      expect((await post('password/reset', { token: link, password: NEW })).status).toBe(200);
      expect(await isAlive(token)).toBe(401);
      expect((await signIn(email, NEW)).status).toBe(200);
      expect((await of(UserRepository).findById(id))?.emailVerifiedAtMs).not.toBeNull();
      await letterTo(auth, email, /was changed/);
    },
  );

  it.each(['change', 'reset'])('end what comes in with the old one while they %s', async (how) => {
    const { email, token } = await aPerson();
    const link = await aLink(email);
    const { voidAll } = of(AccountTokenStore);
    const late: string[] = [];
    // Behind the first look at which sessions there are.
    jest.spyOn(of(AccountTokenStore), 'voidAll').mockImplementationOnce(async (...given) => {
      late.push((await signIn(email, OLD)).body.data.access_token as string);
      return voidAll.apply(of(AccountTokenStore), given);
    });
    const done =
      how === 'change'
        ? await post('password/change', { current: OLD, new: NEW }, token)
        : await post('password/reset', { token: link, password: NEW });
    expect([done.status, done.body.data.sessions_ended]).toEqual([200, how === 'change' ? 1 : 2]);
    expect(await isAlive(late[0]!)).toBe(401);
  });

  it('are still to be reset where an administrator demands it while they are being changed', async () => {
    const { id, email, token } = await aPerson();
    jest.spyOn(of(PasswordPolicy), 'check').mockImplementationOnce(async () => {
      await of(UserRepository).change(id, { mustResetPassword: true });
      await of(EndUserSessions).run({ userId: id, reason: 'admin' });
    });
    await post('password/change', { current: OLD, new: NEW }, token);
    expect((await signIn(email, NEW)).body.error.code).toBe('PASSWORD_RESET_REQUIRED');
  });

  it('no log and no answer holds a token or a password', async () => {
    const { email } = await aPerson();
    const token = await aLink(email);
    const { text } = await post('password/reset', { token, password: NEW });
    expect(text).not.toContain(token);
    const lines = auth.log().split('\n');
    // The mail itself is logged where there is no server for it; everything else keeps quiet.
    const others = lines.filter((line) => !line.includes('shown at /dev/inbox')).join('\n');
    expect(others).not.toContain(token);
    expect(lines.join('\n')).not.toContain(NEW);
    expect(lines.join('\n').toLowerCase()).not.toContain(email.toLowerCase());
  });
});

describe('with limits', () => {
  it('a new password can be used at once, whatever strangers have guessed at the old one', async () => {
    const auth = await startReadyAuth({ RATE_LIMIT_ENABLED: 'true' });
    const email = `Ada-${randomHex(6)}@example.test`;
    await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: OLD } });
    const signInFrom = async (remoteAddress: string, password: string) =>
      (
        await auth.app.inject({
          method: 'POST',
          url: '/api/v1/auth/signin',
          remoteAddress,
          payload: { email, password },
        })
      ).statusCode;
    const statuses: number[] = [];
    for (let n = 1; n <= 12; n++) statuses.push(await signInFrom(`198.51.100.${n}`, 'wrong'));
    expect(statuses.at(-1)).toBe(429);
    expect(await signInFrom('203.0.113.9', OLD)).toBe(429);
    await auth.ask('POST', '/api/v1/auth/password/forgot', { body: { email } });
    const token = tokenIn(await letterTo(auth, email, /new password/));
    const reset = await auth.ask('POST', '/api/v1/auth/password/reset', { body: { token, password: NEW } });
    expect(reset.status).toBe(200);
    expect(await signInFrom('203.0.113.9', NEW)).toBe(200);
    await auth.close();
  });
});
