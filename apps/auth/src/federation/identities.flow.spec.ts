import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { SystemClock } from '@gatehouse/kernel';
import type { ExternalIdentity } from '@gatehouse/oidc';
import { SessionStore } from '@gatehouse/session-store';
import { aPerson, signedIn, type SignedInPerson, signIn } from '../../test/administrators.js';
import {
  aGateway,
  aHandle,
  aNonce,
  APP_URL,
  type Gateway,
  OAUTH,
  providerEntry,
  PUBLIC_URL,
  type ScriptedProvider,
  startScriptedProvider,
  through,
  Wanderer,
} from '../../test/federation-world.js';
import { claimsOf } from '../../test/oauth-world.js';
import { letterTo, startReadyAuth, tokenIn } from '../../test/mailbox.js';
import type { Answer, RunningAuth } from '../../test/start-auth.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { UserRepository } from '../users/user-repository.port.js';
import { StartInBrowser } from './browser/start-in-browser.js';
import { TransactionCookies } from './browser/transaction-cookie.js';
import { IdentityStore } from './identities/identity-store.port.js';
import { LinkIdentity } from './identities/link-identity.js';
import type { IdentityProvider } from './providers/identity-provider.js';

const IDENTITIES = '/api/v1/auth/identities';
const codeOf = ({ status, body }: Answer) => `${status} ${body?.error?.code ?? ''}`.trim();

let provider: ScriptedProvider;
let auth: RunningAuth;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startScriptedProvider({ kind: 'entra' });
  auth = await startReadyAuth({
    PUBLIC_URL,
    APP_URL,
    ACCOUNT_ERASURE_DELAY: '0',
    IDENTITY_PROVIDERS: JSON.stringify(
      providerEntry('entra', provider, { roleMap: { Buyer: ['buyer'] }, email: 'always' }),
    ),
  });
  await auth.app.get(RightsStore).createRole('buyer', ['orders:buy']);
  gateway = await aGateway(auth);
}, 60_000);
afterAll(async () => {
  await auth?.close();
  await provider?.close();
});

const list = async (token: string) =>
  (await auth.ask('GET', IDENTITIES, { token })).body.data.identities as Record<string, string>[];

/** Links whoever signs in at the provider to the person, in one browser. */
async function link(
  person: SignedInPerson,
  handle: string,
  browser = new Wanderer(auth, { accept: 'application/json' }),
) {
  provider.people.choose(handle);
  const begun = await browser.go('POST', `${IDENTITIES}/entra/start`, {
    token: person.token,
    body: { returnTo: '/me' },
  });
  if (begun.status !== 200) return begun;
  return browser.back(await browser.atProvider(begun.body.data.redirect_to as string));
}

describe('somebody with an account', () => {
  it('links who they are elsewhere with proof of both, and gets in either way', async () => {
    const person = await signedIn(auth);
    const { handle } = provider.people.add({ handle: aHandle(), roles: ['Buyer'] });
    const linked = await link(person, handle);
    expect([linked.status, linked.headers['location']]).toEqual([303, `${APP_URL}/me`]);
    const federated = await through(gateway, provider, { person: handle });
    expect(federated.userId).toBe(person.user.id);
    expect(claimsOf(federated.accessToken)['roles']).toEqual(['user', 'buyer']);
    const [identity] = await list(federated.accessToken);
    expect(identity).toMatchObject({ provider: 'entra', label: `${handle}@example.test`, granted_roles: ['buyer'] });
    expect(
      (await auth.ask('POST', '/api/v1/auth/signin', { body: { email: person.email, password: person.password } }))
        .status,
    ).toBe(200);
    await auth.app.get(AuditLog).flush();
    const { entries } = await auth.app
      .get(AuditTrail)
      .page({ userId: person.user.id, kinds: ['identity.linked'], limit: 10 });
    expect(entries).toHaveLength(1);
  });

  it('takes nobody else’s identity, nor links one twice', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const owner = await through(gateway, provider, { person: handle });
    const taker = await signedIn(auth);
    expect(codeOf(await link(taker, handle))).toBe('409 IDENTITY_TAKEN');
    expect((await through(gateway, provider, { person: handle })).userId).toBe(owner.userId);
    expect(await list(taker.token)).toEqual([]);
  });

  it('links nothing where nobody can tell whether the session still stands', async () => {
    const { user, sessionId } = await signedIn(auth);
    const identities = auth.app.get(IdentityStore);
    const find = jest.fn();
    find.mockResolvedValueOnce({ actorId: null }).mockRejectedValueOnce(new SessionStoreUnavailable('away'));
    const roles = { run: () => Promise.resolve(user) };
    const audit = auth.app.get(AuditLog);
    const users = auth.app.get(UserRepository);
    const linking = new LinkIdentity(identities, users, { find }, roles, audit, new SystemClock());
    const identity = { provider: 'entra', key: aHandle(), roles: [] } as unknown as ExternalIdentity;
    const entra = { name: 'entra' } as IdentityProvider;
    const command = { userId: user.id, sessionId, provider: entra, identity, ipAddress: '192.0.2.1', requestId: 'r' };
    await expect(linking.run(command)).rejects.toThrow(SessionStoreUnavailable);
    expect(await identities.list(user.id)).toEqual([]);
  });

  it('links nothing once the session is over that asked for it, or one that is not fresh, or in another browser', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const person = await signedIn(auth);
    provider.people.choose(handle);
    const browser = new Wanderer(auth, { accept: 'application/json' });
    const begun = await browser.go('POST', `${IDENTITIES}/entra/start`, { token: person.token, body: {} });
    const back = await browser.atProvider(begun.body.data.redirect_to as string);
    expect(codeOf(await new Wanderer(auth, { accept: 'application/json' }).back(back))).toBe('400 OAUTH_STATE');
    await auth.ask('POST', '/api/v1/auth/signout', { token: person.token });
    expect(codeOf(await browser.back(back))).toBe('403 IDENTITY_REFUSED');
    const stale = await through(gateway, provider, {
      person: handle,
      claims: { auth_time: Math.floor(Date.now() / 1000) - 3_600 },
    });
    const asked = await auth.ask('POST', `${IDENTITIES}/entra/start`, { token: stale.accessToken, body: {} });
    expect(codeOf(asked)).toBe('403 STEP_UP_REQUIRED');
    const [identity] = await list(stale.accessToken);
    const unlink = await auth.ask('DELETE', `${IDENTITIES}/${identity?.['id']}`, { token: stale.accessToken });
    expect(codeOf(unlink)).toBe('403 STEP_UP_REQUIRED');
  });

  it('links nothing in a session that ends while it is being linked', async () => {
    const person = await signedIn(auth);
    const { handle } = provider.people.add({ handle: aHandle() });
    const identities = auth.app.get(IdentityStore);
    const reallyLink = identities.link.bind(identities);
    jest.spyOn(identities, 'link').mockImplementationOnce(async (...given) => {
      await auth.ask('POST', '/api/v1/auth/signout', { token: person.token });
      await reallyLink(...given);
    });
    expect(codeOf(await link(person, handle))).toBe('403 IDENTITY_REFUSED');
    expect(await identities.list(person.user.id)).toEqual([]);
  });

  it('unlinks it again, with its sessions and its roles, and never the last way in', async () => {
    const person = await signedIn(auth);
    const { handle } = provider.people.add({ handle: aHandle(), roles: ['Buyer'] });
    await link(person, handle);
    const federated = await through(gateway, provider, { person: handle });
    const [identity] = await list(federated.accessToken);
    const other = await signedIn(auth);
    const path = `${IDENTITIES}/${identity?.['id']}`;
    expect(codeOf(await auth.ask('DELETE', path, { token: other.token }))).toBe('404 IDENTITY_NOT_FOUND');
    expect(codeOf(await auth.ask('DELETE', `${IDENTITIES}/x`, { token: other.token }))).toBe('404 IDENTITY_NOT_FOUND');
    const again = await auth.ask('POST', '/api/v1/auth/signin', {
      body: { email: person.email, password: person.password },
    });
    const done = await auth.ask('DELETE', path, { token: again.body.data.access_token });
    expect([done.status, done.body.data]).toMatchObject([200, { unlinked: true, sessions_ended: 1 }]);
    expect(codeOf(await auth.ask('GET', '/api/v1/auth/me', { token: federated.accessToken }))).toBe(
      '401 SESSION_REVOKED',
    );
    const renewed = await auth.ask('POST', '/api/v1/auth/refresh', {
      body: { refresh_token: again.body.data.refresh_token },
    });
    expect(claimsOf(renewed.body.data.access_token)['roles']).toEqual(['user']);

    const alone = await through(gateway, provider, { person: provider.people.add({ handle: aHandle() }).handle });
    const [only] = await list(alone.accessToken);
    const refused = await auth.ask('DELETE', `${IDENTITIES}/${only?.['id']}`, { token: alone.accessToken });
    expect(codeOf(refused)).toBe('409 LAST_CREDENTIAL');
  });
});

it('unlinks in a session that came of it without ending that one', async () => {
  const person = await signedIn(auth);
  const { handle } = provider.people.add({ handle: aHandle() });
  await link(person, handle);
  const [asking, other] = [
    await through(gateway, provider, { person: handle }),
    await through(gateway, provider, { person: handle }),
  ];
  const [identity] = await list(asking.accessToken);
  const done = await auth.ask('DELETE', `${IDENTITIES}/${identity?.['id']}`, { token: asking.accessToken });
  expect([done.status, done.body.data]).toMatchObject([200, { unlinked: true, sessions_ended: 1 }]);
  expect((await auth.ask('GET', '/api/v1/auth/me', { token: asking.accessToken })).status).toBe(200);
  expect(codeOf(await auth.ask('GET', '/api/v1/auth/me', { token: other.accessToken }))).toBe('401 SESSION_REVOKED');
});

describe('an account that is closed while somebody signs in to it', () => {
  it('lets them in no more, and leaves no session behind', async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const { userId } = await through(gateway, provider, { person: handle });
    const { token } = await signedIn(auth, ['user', 'admin']);
    const identities = auth.app.get(IdentityStore);
    const noteSession = identities.noteSession.bind(identities);
    let begun = '';
    jest.spyOn(identities, 'noteSession').mockImplementationOnce(async (session) => {
      begun = session.sessionId;
      await auth.ask('PATCH', `/api/v1/admin/users/${userId}`, { token, body: { disabled: true } });
      await noteSession(session);
    });
    const nonce = aNonce();
    const late = await gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce }), nonce);
    expect(codeOf(late)).toBe('401 INVALID_CREDENTIALS');
    expect(await auth.app.get(SessionStore).find(userId, begun)).toBeUndefined();
  });
});

describe('an identity that is taken off an account while somebody signs in with it', () => {
  it('lets them in no more, and leaves no session behind', async () => {
    const person = await signedIn(auth);
    const { handle } = provider.people.add({ handle: aHandle() });
    await link(person, handle);
    const [identity] = await list(person.token);
    const identities = auth.app.get(IdentityStore);
    const noteSession = identities.noteSession.bind(identities);
    let begun = '';
    jest.spyOn(identities, 'noteSession').mockImplementationOnce(async (session) => {
      begun = session.sessionId;
      const done = await auth.ask('DELETE', `${IDENTITIES}/${identity?.['id']}`, { token: person.token });
      expect(done.body.data).toMatchObject({ unlinked: true, sessions_ended: 0 });
      await noteSession(session);
    });
    const nonce = aNonce();
    const late = await gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce }), nonce);
    expect([codeOf(late), late.body.error.details]).toEqual(['403 IDENTITY_REFUSED', { reason: 'UNLINKED' }]);
    expect(await auth.app.get(SessionStore).find(person.user.id, begun)).toBeUndefined();
    expect(await identities.findSession(begun)).toBeUndefined();
  });

  const comings: [string, (handle: string) => Promise<Answer>][] = [
    [
      'a sign-in',
      (handle) => {
        const nonce = aNonce();
        return gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce }), nonce);
      },
    ],
    ['a refresh of the gateway', (handle) => gateway.roles('entra', provider.issueIdToken({ person: handle }))],
  ];
  const moments: [string, (first: () => Promise<void>) => void][] = [
    [
      'noted',
      (first) => {
        const identities = auth.app.get(IdentityStore);
        const noteGranted = identities.noteGranted.bind(identities);
        jest.spyOn(identities, 'noteGranted').mockImplementationOnce(async (...given) => {
          await first();
          return noteGranted(...given);
        });
      },
    ],
    [
      'given',
      (first) => {
        const rights = auth.app.get(RightsStore);
        const changeUser = rights.changeUser.bind(rights);
        jest.spyOn(rights, 'changeUser').mockImplementationOnce(async (...given) => {
          await first();
          return changeUser(...given);
        });
      },
    ],
  ];
  const cases = comings.flatMap(([what, come]) => moments.map(([when, before]) => ({ what, come, when, before })));
  it.each(cases)('takes along the roles of $what that are about to be $when', async ({ come, before }) => {
    const person = await signedIn(auth);
    const { handle } = provider.people.add({ handle: aHandle() });
    await link(person, handle);
    const [identity] = await list(person.token);
    provider.people.change(handle, { roles: ['Buyer'] });
    before(async () => {
      const done = await auth.ask('DELETE', `${IDENTITIES}/${identity?.['id']}`, { token: person.token });
      expect(done.status).toBe(200);
    });
    const late = await come(handle);
    expect([codeOf(late), late.body.error.details]).toEqual(['403 IDENTITY_REFUSED', { reason: 'UNLINKED' }]);
    expect((await auth.app.get(UserRepository).findById(person.user.id))?.roles).toEqual(['user']);
  });
});

it('is unlinked by asking again where something failed in between', async () => {
  const person = await signedIn(auth);
  const { handle } = provider.people.add({ handle: aHandle(), roles: ['Buyer'] });
  await link(person, handle);
  const federated = await through(gateway, provider, { person: handle });
  const [identity] = await list(federated.accessToken);
  const { token } = await signIn(auth, person);
  const unlink = (as: string) => auth.ask('DELETE', `${IDENTITIES}/${identity?.['id']}`, { token: as });
  jest.spyOn(auth.app.get(RevokeSessions), 'run').mockRejectedValueOnce(new DatabaseUnavailable('away'));
  expect(codeOf(await unlink(token))).toBe('503 DEGRADED_UNAVAILABLE');

  const again = await signIn(auth, person);
  const done = await unlink(again.token);
  expect([done.status, done.body.data]).toMatchObject([200, { unlinked: true, sessions_ended: 1 }]);
  const me = await auth.ask('GET', '/api/v1/auth/me', { token: federated.accessToken });
  expect(codeOf(me)).toBe('401 SESSION_REVOKED');
  expect((await auth.app.get(UserRepository).findById(person.user.id))?.roles).toEqual(['user']);
});

describe('an identity whose user is gone', () => {
  /** As an erasure leaves it behind that was cut short, or that somebody linked into. */
  const orphaned = async () => {
    const { handle } = provider.people.add({ handle: aHandle() });
    const { userId } = await through(gateway, provider, { person: handle });
    await auth.app.get(UserRepository).remove(userId);
    expect(await auth.app.get(IdentityStore).list(userId)).toHaveLength(1);
    return { handle, userId };
  };

  it('is nobody, and keeps nobody from coming anew, under the same address', async () => {
    const { handle, userId } = await orphaned();
    const told = await gateway.roles('entra', provider.issueIdToken({ person: handle }));
    expect(codeOf(told)).toBe('404 IDENTITY_NOT_FOUND');
    const anew = await through(gateway, provider, { person: handle });
    expect(anew.userId).not.toBe(userId);
    const me = await auth.ask('GET', '/api/v1/auth/me', { token: anew.accessToken });
    expect(me.body.data.user).toMatchObject({ id: anew.userId, email: `${handle}@example.test` });
    expect(await auth.app.get(IdentityStore).list(userId)).toEqual([]);
    expect(await list(anew.accessToken)).toHaveLength(1);
  });

  it('is linked by whoever proves to be the person', async () => {
    const { handle, userId } = await orphaned();
    const person = await signedIn(auth);
    expect((await link(person, handle)).status).toBe(303);
    expect((await through(gateway, provider, { person: handle })).userId).toBe(person.user.id);
    expect(await auth.app.get(IdentityStore).list(userId)).toEqual([]);
  });
});

describe('whoever acts in a person’s place', () => {
  it('sees, links and unlinks nothing of theirs', async () => {
    const person = await signedIn(auth);
    const { handle } = provider.people.add({ handle: aHandle() });
    await link(person, handle);
    const [identity] = await list(person.token);
    const admin = await signedIn(auth, ['user', 'admin']);
    const path = `/api/v1/admin/users/${person.user.id}/impersonate`;
    const acting = (await auth.ask('POST', path, { token: admin.token, body: { reason: 'Ticket 1' } })).body.data;
    for (const [method, route] of [
      ['GET', IDENTITIES],
      ['POST', `${IDENTITIES}/entra/start`],
      ['DELETE', `${IDENTITIES}/${identity?.['id']}`],
    ] as const) {
      const given = { token: acting.access_token as string, ...(method === 'POST' ? { body: {} } : {}) };
      expect([route, codeOf(await auth.ask(method, route, given))]).toEqual([route, '403 FORBIDDEN']);
    }

    // Should a way to begin it open one day: nothing comes of it at the end either.
    const theirs = provider.people.add({ handle: aHandle() });
    provider.people.choose(theirs.handle);
    const { redirectTo, kept } = await auth.app.get(StartInBrowser).run({
      providerName: 'entra',
      returnTo: '/',
      ending: { kind: 'link', userId: person.user.id, sessionId: acting.session_id as string },
    });
    const browser = new Wanderer(auth, { accept: 'application/json' });
    browser.take(auth.app.get(TransactionCookies).keep(kept, undefined));
    const back = await browser.back(await browser.atProvider(redirectTo.href));
    expect([codeOf(back), back.body.error.details]).toEqual(['403 IDENTITY_REFUSED', { reason: 'SESSION_CHANGED' }]);
    expect(await list(person.token)).toHaveLength(1);
    expect((await through(gateway, provider, { person: theirs.handle })).userId).not.toBe(person.user.id);
  });
});

describe('an account under an address that nobody has proven', () => {
  it('keeps no door open to whoever made it, once the owner of the address comes', async () => {
    const made = await aPerson(auth);
    await auth.app.get(UserRepository).change(made.user.id, { emailVerifiedAtMs: null });
    const person = await signIn(auth, made);
    const { handle } = provider.people.add({ handle: aHandle(), roles: ['Buyer'] });
    expect((await link(person, handle)).status).toBe(303);
    const before = await through(gateway, provider, { person: handle });

    const { email } = made;
    const password = 'a fresh horse battery';
    await auth.ask('POST', '/api/v1/auth/password/forgot', { body: { email } });
    const token = tokenIn(await letterTo(auth, email, /new password/));
    expect((await auth.ask('POST', '/api/v1/auth/password/reset', { body: { token, password } })).status).toBe(200);
    const owner = (await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } })).body.data;
    expect([before.userId, owner.user.id]).toEqual([made.user.id, made.user.id]);
    expect(codeOf(await auth.ask('GET', '/api/v1/auth/me', { token: before.accessToken }))).toMatch(/^401 /);
    expect(await list(owner.access_token)).toEqual([]);
    expect(owner.user.roles).toEqual(['user']);
    expect((await through(gateway, provider, { person: handle })).userId).not.toBe(owner.user.id);
  });
});

describe('somebody without a password', () => {
  const aStranger = async () => {
    const handle = aHandle();
    provider.people.add({ handle, email: `${handle}@example.test` });
    return { handle, email: `${handle}@example.test`, ...(await through(gateway, provider, { person: handle })) };
  };

  it('is told apart from nobody by whoever tries passwords', async () => {
    const { email, accessToken } = await aStranger();
    for (const password of ['x', '', 'none:']) {
      const answer = await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: password || ' ' } });
      expect(codeOf(answer)).toBe('401 INVALID_CREDENTIALS');
    }
    const stepUp = await auth.ask('POST', '/api/v1/auth/step-up', { token: accessToken, body: { password: 'x' } });
    expect(codeOf(stepUp)).toBe('401 INVALID_CREDENTIALS');
    const body = { current: 'x', new: 'a fresh horse battery' };
    expect(codeOf(await auth.ask('POST', '/api/v1/auth/password/change', { token: accessToken, body }))).toBe(
      '401 INVALID_CREDENTIALS',
    );
  });

  it('sets one with the link that is mailed to the address the provider gave, and can then unlink', async () => {
    const { email, userId } = await aStranger();
    await auth.ask('POST', '/api/v1/auth/password/forgot', { body: { email } });
    const token = tokenIn(await letterTo(auth, email, /./));
    const password = 'a fresh horse battery';
    expect((await auth.ask('POST', '/api/v1/auth/password/reset', { body: { token, password } })).status).toBe(200);
    const signedInNow = await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } });
    expect(signedInNow.body.data.user.id).toBe(userId);
    const [identity] = await list(signedInNow.body.data.access_token);
    const unlinked = await auth.ask('DELETE', `${IDENTITIES}/${identity?.['id']}`, {
      token: signedInNow.body.data.access_token,
    });
    expect(unlinked.status).toBe(200);
    await auth.app.get(AuditLog).flush();
    const { entries } = await auth.app.get(AuditTrail).page({ userId, kinds: ['identity.unlinked'], limit: 10 });
    expect(entries).toHaveLength(1);
  });

  it('takes everything along, and is forgotten whole: the next sign-in is somebody new', async () => {
    const { handle, userId, accessToken, sessionId } = await aStranger();
    const ordered = await auth.ask('POST', '/api/v1/auth/account/export', { token: accessToken });
    const exported = await auth.ask('GET', `/api/v1/auth/account/export/${ordered.body.data.export_id}`, {
      token: accessToken,
    });
    expect(exported.body.data.identities).toEqual([
      expect.objectContaining({ provider: 'entra', external_key: expect.stringContaining('entra|') }),
    ]);
    expect(exported.body.data.sessions).toHaveLength(1);
    expect((await auth.ask('DELETE', '/api/v1/auth/account', { token: accessToken })).status).toBe(202);
    expect(await auth.app.get(IdentityStore).list(userId)).toEqual([]);
    expect(await auth.app.get(SessionStore).find(userId, sessionId)).toBeUndefined();
    expect((await through(gateway, provider, { person: handle })).userId).not.toBe(userId);
  });

  it('is exported and imported like anybody, without a hash', async () => {
    const { email } = await aStranger();
    const { token } = await signedIn(auth, ['user', 'admin']);
    const all = await auth.ask('GET', '/api/v1/admin/users/export?password_hashes=true', { token });
    const line = all.text.split('\n').find((one) => one.includes(email)) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ email, email_verified: true });
    expect(line).not.toContain('password_hash');
    const again = await auth.ask('POST', '/api/v1/admin/users/import?on_conflict=update', {
      token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: `${JSON.stringify({ email, password_hash: '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy' })}\n`,
    });
    // An import is no way into somebody’s account.
    expect([again.status, again.body.data]).toMatchObject([200, { updated: 0, skipped: 1 }]);
  });
});

describe('the limit of sessions', () => {
  it.each([
    ['evict_oldest', 200],
    ['deny', 409],
    ['ask', 409],
  ] as const)('holds for whoever comes from a provider: %s', async (policy, status) => {
    const { token } = await signedIn(auth, ['user', 'admin']);
    const current = await auth.ask('GET', '/api/v1/admin/policies/session', { token });
    const { policy: facts, version } = current.body.data;
    const put = await auth.ask('PUT', '/api/v1/admin/policies/session', {
      token,
      body: { ...facts, at_limit: policy, max_sessions_per_user: 2, version },
    });
    expect(put.status).toBe(200);
    const { handle } = provider.people.add({ handle: aHandle() });
    const sessions = [
      await through(gateway, provider, { person: handle }),
      await through(gateway, provider, { person: handle }),
    ];
    const nonce = aNonce();
    const third = await gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce }), nonce);
    expect(third.status).toBe(status);
    if (policy === 'evict_oldest') return;
    expect(codeOf(third)).toBe('409 SESSION_LIMIT');
    const choices = third.body.error.details.sessions as { id: string }[] | undefined;
    expect(choices?.map(({ id }) => id).sort()).toEqual(
      policy === 'ask' ? sessions.map(({ sessionId }) => sessionId).sort() : undefined,
    );
    if (policy === 'deny') return;
    const again = aNonce();
    const sessionChoice = sessions[0]?.sessionId;
    const chosen = await gateway.signIn('entra', provider.issueIdToken({ person: handle, nonce: again }), again, {
      sessionChoice,
    });
    expect(chosen.status).toBe(200);
  });
});

it('lists nobody’s identities but one’s own', async () => {
  const person = await aPerson(auth);
  const { body } = await auth.ask('POST', '/api/v1/auth/signin', {
    body: { email: person.email, password: person.password },
  });
  expect(await list(body.data.access_token)).toEqual([]);
  expect((await auth.ask('GET', OAUTH)).body.data.providers).toHaveLength(1);
});
