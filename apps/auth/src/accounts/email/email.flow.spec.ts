import { DatabaseUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/testing';
import { letterTo, lettersOf, startReadyAuth, tokenIn } from '../../../test/mailbox.js';
import type { RunningAuth } from '../../../test/start-auth.js';
import { LetterWriter } from '../../mail/letter-writer.port.js';
import { Post } from '../../mail/post.js';
import { EndUserSessions } from '../../revocations/end-user-sessions.js';
import { UserRepository } from '../../users/user-repository.port.js';
import { AccountTokenStore } from '../tokens/account-token-store.port.js';

const PASSWORD = 'difference engine';
const anAddress = () => `Ada-${randomHex(6)}@example.test`;

const post = (auth: RunningAuth, path: string, body: object, token?: string) =>
  auth.ask('POST', `/api/v1/auth/${path}`, { body, ...(token === undefined ? {} : { token }) });
const signUp = (auth: RunningAuth, email: string) => post(auth, 'signup', { email, password: PASSWORD });
const signIn = (auth: RunningAuth, email: string) => post(auth, 'signin', { email, password: PASSWORD });
const me = (auth: RunningAuth, token: string) => auth.ask('GET', '/api/v1/auth/me', { token });

async function aPerson(auth: RunningAuth, email = anAddress()) {
  await signUp(auth, email);
  const { body } = await signIn(auth, email);
  return { email, id: body.data.user.id as number, token: body.data.access_token as string };
}

/** All letters ordered so far have gone out when this one has. */
async function settled(auth: RunningAuth): Promise<void> {
  const email = anAddress();
  await signUp(auth, email);
  await letterTo(auth, email, /Confirm/);
  await new Promise((resolve) => setTimeout(resolve, 100));
}

describe('an address', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startReadyAuth();
  });
  afterAll(() => auth.close());

  it('is proven by the link that is mailed at sign-up, once', async () => {
    const { email, token } = await aPerson(auth);
    expect((await me(auth, token)).body.data.user.email_verified).toBe(false);
    const link = tokenIn(await letterTo(auth, email, /Confirm your e-mail/));
    expect((await post(auth, 'email/verify', { token: link })).status).toBe(200);
    expect((await me(auth, token)).body.data.user.email_verified).toBe(true);
    const again = await post(auth, 'email/verify', { token: link });
    expect([again.status, again.body.error.code]).toEqual([400, 'VERIFY_TOKEN_INVALID']);
  });

  it('is not proven by a link of another kind, or one that somebody made up', async () => {
    const { email } = await aPerson(auth);
    await post(auth, 'password/forgot', { email });
    const reset = tokenIn(await letterTo(auth, email, /new password/));
    for (const token of [reset, 'A'.repeat(43), '', '../', 'x'.repeat(256)]) {
      expect((await post(auth, 'email/verify', { token })).body.error.code).toBe('VERIFY_TOKEN_INVALID');
    }
  });

  it('gets its link again on request, and the same answer comes for any address', async () => {
    const { email } = await aPerson(auth);
    const first = tokenIn(await letterTo(auth, email, /Confirm/));
    const answers = await Promise.all([email, anAddress()].map((one) => post(auth, 'email/resend', { email: one })));
    expect(answers.map(({ status }) => status)).toEqual([202, 202]);
    expect(answers[0]?.text).toBe(answers[1]?.text);
    await eventually(() => expect(lettersOf(auth).filter(({ to }) => to === email)).toHaveLength(2));
    const second = tokenIn(await letterTo(auth, email, /Confirm/));
    expect((await post(auth, 'email/verify', { token: first })).status).toBe(400);
    expect((await post(auth, 'email/verify', { token: second })).status).toBe(200);
    await post(auth, 'email/resend', { email });
    await settled(auth);
    expect(lettersOf(auth).filter(({ to }) => to === email)).toHaveLength(2);
  });

  it('is changed when the new one has been proven, not before; the old mailbox is told', async () => {
    const { email, token } = await aPerson(auth);
    const next = anAddress();
    expect((await post(auth, 'email/change', { email: next }, token)).status).toBe(202);
    const link = tokenIn(await letterTo(auth, next, /new e-mail address/));
    expect((await me(auth, token)).body.data.user.email).toBe(email);
    expect((await signIn(auth, next)).status).toBe(401);
    expect((await post(auth, 'email/verify', { token: link })).status).toBe(200);
    expect((await me(auth, token)).body.data.user).toMatchObject({ email: next, email_verified: true });
    expect((await signIn(auth, next)).status).toBe(200);
    expect((await signIn(auth, email)).status).toBe(401);
    await letterTo(auth, email, /was changed/);
    const { body } = await auth.ask('GET', '/api/v1/sessions', { token });
    expect(body.data.sessions.map((session: { email: string }) => session.email)).toEqual([next, next]);
  });

  it('that was left no longer opens the account by a link that had gone there, not even once it is back', async () => {
    const { email, token } = await aPerson(auth);
    await post(auth, 'password/forgot', { email });
    const reset = tokenIn(await letterTo(auth, email, /new password/));
    const verify = tokenIn(await letterTo(auth, email, /Confirm/));
    const next = anAddress();
    await post(auth, 'email/change', { email: next }, token);
    await post(auth, 'email/verify', { token: tokenIn(await letterTo(auth, next, /new e-mail/)) });
    await post(auth, 'email/change', { email }, token);
    const back = await post(auth, 'email/verify', { token: tokenIn(await letterTo(auth, email, /new e-mail/)) });
    expect([back.status, (await me(auth, token)).body.data.user.email]).toEqual([200, email]);
    expect((await post(auth, 'password/reset', { token: reset, password: 'stolen engine' })).status).toBe(400);
    expect((await post(auth, 'email/verify', { token: verify })).status).toBe(400);
  });

  it.each([
    ['a new password has been demanded', { mustResetPassword: true }],
    ['the account is disabled', { disabledAtMs: 1 }],
  ])('is not changed by a link that is out when %s: whoever asked may be why', async (_why, change) => {
    const { id, email, token } = await aPerson(auth);
    const next = anAddress();
    await post(auth, 'email/change', { email: next }, token);
    const link = tokenIn(await letterTo(auth, next, /new e-mail address/));
    const users = auth.app.get(UserRepository);
    await users.change(id, change);
    expect((await post(auth, 'email/verify', { token: link })).body.error.code).toBe('VERIFY_TOKEN_INVALID');
    expect((await users.findById(id))!.email).toBe(email);
  });

  const of = <T>(type: abstract new (...given: never[]) => T): T => auth.app.get(type as never, { strict: false });
  const away = new DatabaseUnavailable('away');

  it('is proven by the same link where it could not be at first', async () => {
    const { email, token } = await aPerson(auth);
    const link = tokenIn(await letterTo(auth, email, /Confirm your e-mail/));
    jest.spyOn(of(UserRepository), 'change').mockRejectedValueOnce(away);
    expect((await post(auth, 'email/verify', { token: link })).status).toBe(503);
    expect((await post(auth, 'email/verify', { token: link })).status).toBe(200);
    expect((await me(auth, token)).body.data.user.email_verified).toBe(true);
  });

  it.each([
    ['the letter to the old mailbox', () => jest.spyOn(of(Post), 'order').mockRejectedValueOnce(away)],
    ['the change', () => jest.spyOn(of(UserRepository), 'change').mockRejectedValueOnce(away)],
    ['the end of other links', () => jest.spyOn(of(AccountTokenStore), 'voidAll').mockRejectedValueOnce(away)],
    ['the end of this link', () => jest.spyOn(of(AccountTokenStore), 'consume').mockRejectedValueOnce(away)],
  ])('is changed by the same link where %s failed at first, and the old mailbox is told', async (_what, fail) => {
    const { id, email, token } = await aPerson(auth);
    const next = anAddress();
    await post(auth, 'email/change', { email: next }, token);
    const link = tokenIn(await letterTo(auth, next, /new e-mail address/));
    fail();
    expect((await post(auth, 'email/verify', { token: link })).status).toBe(503);
    expect((await post(auth, 'email/verify', { token: link })).status).toBe(200);
    expect(await of(UserRepository).findById(id)).toMatchObject({ email: next });
    await letterTo(auth, email, /was changed/);
    expect((await post(auth, 'email/verify', { token: link })).body.error.code).toBe('VERIFY_TOKEN_INVALID');
  });

  it('is told nothing where the new one was taken meanwhile', async () => {
    const { email, token } = await aPerson(auth);
    const next = anAddress();
    await post(auth, 'email/change', { email: next }, token);
    const link = tokenIn(await letterTo(auth, next, /new e-mail address/));
    await signUp(auth, next);
    expect((await post(auth, 'email/verify', { token: link })).body.error.code).toBe('EMAIL_TAKEN');
    await settled(auth);
    expect(lettersOf(auth).filter(({ to, subject }) => to === email && /was changed/.test(subject))).toEqual([]);
  });

  const demand = (id: number) => of(UserRepository).change(id, { mustResetPassword: true });
  const meanwhile: [string, (id: number, token: string) => Promise<unknown>][] = [
    ['a new password is being demanded', demand],
    [
      'a new password is demanded',
      async (id) => {
        await demand(id);
        await of(EndUserSessions).run({ userId: id, reason: 'admin' });
      },
    ],
    ['the account is disabled', (id) => of(UserRepository).change(id, { disabledAtMs: 1 })],
    [
      'the password is changed',
      (_id, token) => post(auth, 'password/change', { current: PASSWORD, new: 'another difference engine' }, token),
    ],
  ];
  it.each(meanwhile)('is not changed by a link that is being followed when %s', async (_what, happen) => {
    const { id, email, token } = await aPerson(auth);
    const next = anAddress();
    await post(auth, 'email/change', { email: next }, token);
    const link = tokenIn(await letterTo(auth, next, /new e-mail address/));
    const users = of(UserRepository);
    const change = users.change.bind(users);
    jest.spyOn(users, 'change').mockImplementationOnce(async (...given) => {
      await happen(id, token);
      return change(...given);
    });
    expect((await post(auth, 'email/verify', { token: link })).body.error.code).toBe('VERIFY_TOKEN_INVALID');
    expect(await users.findById(id)).toMatchObject({ email });
  });

  it('gets no link for a wish that comes between a new password and the end of the sessions that are over by it', async () => {
    const { email, token } = await aPerson(auth);
    const own = (await signIn(auth, email)).body.data.access_token as string;
    const stolen = anAddress();
    const post_ = of(Post);
    const order = post_.order.bind(post_);
    jest.spyOn(post_, 'order').mockImplementationOnce(async (...given) => {
      const answer = await post(auth, 'password/change', { current: PASSWORD, new: 'another difference engine' }, own);
      expect(answer.status).toBe(200);
      await order(...given);
    });
    expect((await post(auth, 'email/change', { email: stolen }, token)).status).toBe(202);
    await settled(auth);
    expect(lettersOf(auth).filter(({ to }) => to === stolen)).toEqual([]);
  });

  it('gets no link that is made while the password is being changed', async () => {
    const { id, token } = await aPerson(auth);
    const users = of(UserRepository);
    const order = { kind: 'confirm_new_address', userId: id, address: anAddress(), attempts: 1, id: 1 } as const;
    const findByEmail = users.findByEmail.bind(users);
    jest.spyOn(users, 'findByEmail').mockImplementationOnce(async (...given) => {
      await post(auth, 'password/change', { current: PASSWORD, new: 'another difference engine' }, token);
      return findByEmail(...given);
    });
    const late = { ...order, ipAddress: undefined, requestId: undefined, createdAtMs: Date.now() };
    const mint = jest.spyOn(of(AccountTokenStore), 'replace');
    expect(await of(LetterWriter).write(late)).toBeUndefined();
    const [minted, hash] = mint.mock.calls.at(-1)!;
    expect(minted).toMatchObject({ userId: id, purpose: 'change_email' });
    expect(await of(AccountTokenStore).find('change_email', hash)).toBeUndefined();
  });

  it('gets no link for a wish from before the password was changed', async () => {
    const { id, token } = await aPerson(auth);
    const wish = { kind: 'confirm_new_address', userId: id, address: anAddress(), attempts: 1, id: 1 } as const;
    const order = { ...wish, ipAddress: undefined, requestId: undefined, createdAtMs: Date.now() - 1 };
    const letters = auth.app.get(LetterWriter, { strict: false });
    expect(await letters.write(order)).toBeDefined();
    await post(auth, 'password/change', { current: PASSWORD, new: 'another difference engine' }, token);
    expect(await letters.write(order)).toBeUndefined();
    expect(await letters.write({ ...order, createdAtMs: Date.now() + 5_001 })).toBeDefined();
  });

  it('of somebody else is not told apart from a free one, and its owner is told', async () => {
    const { token } = await aPerson(auth);
    const owner = await aPerson(auth);
    const free = anAddress();
    const taken = await post(auth, 'email/change', { email: owner.email.toUpperCase() }, token);
    const open = await post(auth, 'email/change', { email: free }, token);
    expect([taken.status, taken.text]).toEqual([open.status, open.text]);
    const letter = await letterTo(auth, owner.email, /account already/);
    expect(letter.text).not.toContain('#token=');
    expect((await me(auth, owner.token)).body.data.user.email).toBe(owner.email);
  });

  it('that two people wait for goes to the first who proves it', async () => {
    const [one, other] = [await aPerson(auth), await aPerson(auth)];
    const next = anAddress();
    const links: string[] = [];
    for (const { token } of [one, other]) {
      await post(auth, 'email/change', { email: next }, token);
      await eventually(() => expect(lettersOf(auth).filter(({ to }) => to === next)).toHaveLength(links.length + 1));
      links.push(tokenIn(lettersOf(auth).find(({ to }) => to === next)!));
    }
    const answers = await Promise.all(links.map((token) => post(auth, 'email/verify', { token })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  it('keeps its owner’s letters when others have used up what they may make us send there', async () => {
    const { token } = await aPerson(auth);
    const owner = await aPerson(auth);
    for (let n = 0; n < 12; n++) await post(auth, 'email/change', { email: owner.email }, token);
    await settled(auth);
    await post(auth, 'password/forgot', { email: owner.email });
    expect(tokenIn(await letterTo(auth, owner.email, /new password/))).toBeDefined();
  });

  it('of a stranger cannot be made to suffer by somebody who is signed in', async () => {
    const { token } = await aPerson(auth);
    const victim = anAddress();
    for (let n = 0; n < 12; n++) expect((await post(auth, 'email/change', { email: victim }, token)).status).toBe(202);
    await settled(auth);
    expect(lettersOf(auth).filter(({ to }) => to === victim)).toHaveLength(5);
  });

  it('names nobody in letters: a name is what a stranger may have chosen', async () => {
    const email = anAddress();
    await post(auth, 'signup', { email, password: PASSWORD, name: 'WIN-at-evil.example' });
    expect((await letterTo(auth, email, /Confirm/)).text).not.toContain('evil');
  });
});

describe('where an address must be proven before the first sign-in', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startReadyAuth({ REQUIRE_VERIFIED_EMAIL: 'true' });
  });
  afterAll(() => auth.close());

  it('sign-in says so, but only to somebody who knows the password', async () => {
    const email = anAddress();
    const { body } = await signUp(auth, email);
    expect(body.data.verification_required).toBe(true);
    const refused = await signIn(auth, email);
    expect([refused.status, refused.body.error.code]).toEqual([403, 'EMAIL_NOT_VERIFIED']);
    const wrong = await post(auth, 'signin', { email, password: 'wrong' });
    const nobody = await post(auth, 'signin', { email: anAddress(), password: 'wrong' });
    expect([wrong.status, wrong.body.error.code]).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(nobody.body.error.code).toBe(wrong.body.error.code);
    await post(auth, 'email/verify', { token: tokenIn(await letterTo(auth, email, /Confirm/)) });
    expect((await signIn(auth, email)).status).toBe(200);
  });
});

describe('where sign-up tells nobody who has an account', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startReadyAuth({ SIGNUP_ENUMERATION_SAFE: 'true' });
  });
  afterAll(() => auth.close());

  it('known and unknown addresses get one answer; the mailbox learns the rest (A10)', async () => {
    const email = anAddress();
    const unknown = await signUp(auth, email);
    const known = await post(auth, 'register', { email: email.toUpperCase(), password: 'another engine' });
    expect([unknown.status, known.status]).toEqual([202, 202]);
    expect(known.text).toBe(unknown.text);
    const shape = (headers: Record<string, string>) => ({ ...headers, 'x-request-id': '', date: '' });
    expect(shape(known.headers)).toEqual(shape(unknown.headers));
    await letterTo(auth, email, /account already/);
    expect((await signIn(auth, email)).status).toBe(200);
    expect((await post(auth, 'signin', { email, password: 'another engine' })).status).toBe(401);
  });

  it('a repeated request is answered as the first time', async () => {
    const body = { email: anAddress(), password: PASSWORD };
    const headers = { 'idempotency-key': randomHex(8) };
    const first = await auth.ask('POST', '/api/v1/auth/signup', { body, headers });
    const second = await auth.ask('POST', '/api/v1/auth/signup', { body, headers });
    expect([second.status, second.text]).toEqual([first.status, first.text]);
    expect(second.headers['idempotency-replayed']).toBe('true');
  });

  it('a weak password is refused for both alike', async () => {
    const email = anAddress();
    await signUp(auth, email);
    for (const one of [email, anAddress()]) {
      expect((await post(auth, 'signup', { email: one, password: 'short' })).body.error.code).toBe('WEAK_PASSWORD');
    }
  });
});

describe('asking for mail', () => {
  it('is limited per network', async () => {
    const auth = await startReadyAuth({ RATE_LIMIT_ENABLED: 'true' });
    const statuses: number[] = [];
    for (let n = 0; n < 30; n++) {
      statuses.push((await post(auth, 'password/forgot', { email: anAddress() })).status);
    }
    expect(statuses[0]).toBe(202);
    expect(statuses.at(-1)).toBe(429);
    await auth.close();
  });
});
