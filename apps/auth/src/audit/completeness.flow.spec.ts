import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomHex } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/testing';
import { aPerson, signedIn, type SignedInPerson } from '../../test/administrators.js';
import { letterTo, startReadyAuth, tokenIn } from '../../test/mailbox.js';
import { aService, INTROSPECT, REVOKE, sendForm, tokenOf } from '../../test/oauth-world.js';
import { type Answer, type RunningAuth } from '../../test/start-auth.js';
import { AUDIT_EVENT_KINDS, type AuditEventKind } from './audit-event-kinds.js';
import { AuditLog } from './audit-log.port.js';
import { type AuditEntry, AuditTrail } from './audit-trail.port.js';

const NEW_PASSWORD = 'another horse battery';

/** Everything an event can be caused with. */
interface World {
  readonly auth: RunningAuth;
  /** With limits that are soon reached. */
  readonly limited: RunningAuth;
  readonly admin: SignedInPerson;
  readonly person: SignedInPerson;
  post(path: string, body?: object, token?: string): Promise<Answer>;
  /** As the administrator. */
  manage(method: string, path: string, body?: object): Promise<Answer>;
}

/** The request that must leave the event; what had to happen before it is done inside. */
type Cause = (world: World) => Promise<Answer>;
/** Nobody's request: the test that shows it. */
interface ShownIn {
  readonly shownIn: string;
}

const letterToken = async ({ auth, person }: World, address = person.email, subject = /./) =>
  tokenIn(await letterTo(auth, address, subject));
const userPath = ({ person }: World) => `/users/${person.user.id}`;
const impersonated = async (world: World) =>
  world.manage('POST', `${userPath(world)}/impersonate`, { reason: 'Ticket 1' });
const serviceOf = ({ auth, admin }: World, given = {}) => aService(auth, { accessToken: admin.token }, given);

/** The first of many that is too many. */
async function firstRefused(ask: () => Promise<Answer>): Promise<Answer> {
  for (let n = 0; n < 50; n++) {
    const answer = await ask();
    if (answer.status === 429) return answer;
  }
  throw new Error('nothing was refused');
}

/** The next key must have been published for a while first. */
async function rotated({ manage }: World): Promise<Answer> {
  let answer: Answer | undefined;
  await eventually(async () => {
    answer = await manage('POST', '/keys/rotate');
    expect(answer.status).toBe(200);
  });
  return answer!;
}

/** What follows from another event and is found by whom it is about: the request that led to it is in the other. */
const CONSEQUENCES: ReadonlySet<AuditEventKind> = new Set(['impersonation.ended']);

const CAUSES: Record<AuditEventKind, Cause | ShownIn> = {
  'signup.succeeded': ({ post }) => post('signup', { email: `${randomHex(6)}@example.test`, password: NEW_PASSWORD }),
  'signin.succeeded': ({ post, person: { email, password } }) => post('signin', { email, password }),
  'signin.failed': ({ post, person: { email } }) => post('signin', { email, password: 'wrong' }),
  'signin.throttled': ({ limited }) =>
    firstRefused(() =>
      limited.ask('POST', '/api/v1/auth/signin', { body: { email: 'a@example.test', password: 'x' } }),
    ),
  'stepup.succeeded': ({ post, person: { token, password } }) => post('step-up', { password }, token),
  'stepup.failed': ({ post, person: { token } }) => post('step-up', { password: 'wrong' }, token),
  signout: ({ post, person: { token } }) => post('signout', {}, token),
  'session.revoked': ({ auth, person: { token, sessionId } }) =>
    auth.ask('DELETE', `/api/v1/sessions/${sessionId}`, { token }),
  'session.evicted': async ({ post, person: { email, password } }) => {
    for (let n = 0; n < 4; n++) await post('signin', { email, password });
    return post('signin', { email, password });
  },
  'session.changed': ({ auth, person: { token, sessionId } }) =>
    auth.ask('PATCH', `/api/v1/sessions/${sessionId}`, { token, body: { device_name: 'Desk' } }),
  'refresh.reuse_detected': async ({ post, person }) => {
    let refreshToken = person.refreshToken;
    for (let n = 0; n < 2; n++) {
      refreshToken = (await post('refresh', { refresh_token: refreshToken })).body.data.refresh_token;
    }
    return post('refresh', { refresh_token: person.refreshToken });
  },
  'access.denied': ({ auth, person: { token } }) => auth.ask('GET', '/api/v1/admin/audit', { token }),
  'limit.exceeded': ({ limited }) => firstRefused(() => limited.ask('GET', '/api/v1/auth/jwks')),
  'device.new': async ({ auth }) => {
    const { email, password } = await aPerson(auth);
    return auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } });
  },
  'device.removed': async ({ auth, person: { token } }) => {
    const { body } = await auth.ask('GET', '/api/v1/auth/devices', { token });
    return auth.ask('DELETE', `/api/v1/auth/devices/${body.data.devices[0].id}`, { token });
  },
  'email.verification_sent': async ({ post }) => {
    const email = `${randomHex(6)}@example.test`;
    return post('signup', { email, password: NEW_PASSWORD });
  },
  'email.verified': async (world) => {
    const email = `${randomHex(6)}@example.test`;
    await world.post('signup', { email, password: NEW_PASSWORD });
    return world.post('email/verify', { token: await letterToken(world, email) });
  },
  'email.changed': async (world) => {
    const email = `${randomHex(6)}@example.test`;
    await world.post('email/change', { email }, world.person.token);
    return world.post('email/verify', { token: await letterToken(world, email) });
  },
  'password.changed': ({ post, person: { token, password } }) =>
    post('password/change', { current: password, new: NEW_PASSWORD }, token),
  'password.reset_requested': ({ post, person: { email } }) => post('password/forgot', { email }),
  'password.reset': async (world) => {
    await world.post('password/forgot', { email: world.person.email });
    return world.post('password/reset', { token: await letterToken(world), password: NEW_PASSWORD });
  },
  'profile.changed': ({ auth, person: { token } }) =>
    auth.ask('PATCH', '/api/v1/auth/me', { token, body: { name: 'Ada' } }),
  'session_policy.changed': ({ auth, person: { token } }) =>
    auth.ask('PATCH', '/api/v1/auth/me/session-policy', { token, body: { max_sessions: 2 } }),
  'account.exported': ({ post, person: { token } }) => post('account/export', undefined, token),
  'account.erasure_requested': ({ auth, person: { token } }) => auth.ask('DELETE', '/api/v1/auth/account', { token }),
  'account.erasure_cancelled': async (world) => {
    await world.auth.ask('DELETE', '/api/v1/auth/account', { token: world.person.token });
    return world.post('account/restore', { token: await letterToken(world, world.person.email, /deleted/) });
  },
  'account.erased': (world) => world.manage('DELETE', userPath(world)),
  'mail.given_up': { shownIn: 'mail/mail-courier.spec.ts' },
  'identity.linked': { shownIn: 'federation/identities.flow.spec.ts' },
  'identity.unlinked': { shownIn: 'federation/identities.flow.spec.ts' },
  'provider.logout': { shownIn: 'federation/federation.flow.spec.ts' },
  'user.created': ({ manage }) => manage('POST', '/users', { email: `${randomHex(6)}@example.test` }),
  'user.imported': ({ auth, admin }) =>
    auth.ask('POST', '/api/v1/admin/users/import', {
      token: admin.token,
      headers: { 'content-type': 'application/x-ndjson' },
      body: JSON.stringify({ email: `${randomHex(6)}@example.test`, password_hash: `$2b$04$${'a'.repeat(53)}` }),
    }),
  'users.exported': ({ manage }) => manage('GET', '/users/export'),
  'user.disabled': (world) => world.manage('PATCH', userPath(world), { disabled: true }),
  'user.enabled': async (world) => {
    await world.manage('PATCH', userPath(world), { disabled: true });
    return world.manage('PATCH', userPath(world), { disabled: false });
  },
  'user.reset_demanded': (world) => world.manage('PATCH', userPath(world), { demand_password_reset: true }),
  'user.unlocked': (world) => world.manage('PATCH', userPath(world), { unlock: true }),
  'roles.changed': (world) => world.manage('PATCH', userPath(world), { roles: ['user', 'support'] }),
  'impersonation.started': impersonated,
  'impersonation.ended': async (world) => {
    const { body } = await impersonated(world);
    return world.post('impersonation/stop', undefined, body.data.access_token);
  },
  'service_account.created': ({ manage }) => manage('POST', '/service-accounts', { name: 'Reports' }),
  'service_account.changed': async (world) =>
    world.manage('PATCH', `/service-accounts/${(await serviceOf(world)).clientId}`, { name: 'Other' }),
  'service_account.removed': async (world) =>
    world.manage('DELETE', `/service-accounts/${(await serviceOf(world)).clientId}`),
  'token.issued': async (world) =>
    sendForm(world.auth, '/api/v1/auth/token', { grant_type: 'client_credentials' }, { as: await serviceOf(world) }),
  'token.revoked': async (world) => {
    const as = await serviceOf(world, { scopes: ['tokens:revoke'] });
    return sendForm(world.auth, REVOKE, { token: await tokenOf(world.auth, as) }, { as });
  },
  'token.introspected': async (world) => {
    const as = await serviceOf(world, { scopes: ['tokens:introspect'] });
    return sendForm(world.auth, INTROSPECT, { token: world.person.token }, { as });
  },
  'revocation.ordered': (world) =>
    world.manage('POST', '/revocations', { scope: 'sub', value: String(world.person.user.id) }),
  'policy.changed': async ({ manage }) => {
    const { policy, version } = (await manage('GET', '/policies/session')).body.data;
    return manage('PUT', '/policies/session', { ...policy, version });
  },
  'admin.read': ({ manage }) => manage('GET', '/audit'),
  'key.created': rotated,
  'key.activated': rotated,
  'key.retired': rotated,
  'key.revoked': async ({ manage }) => {
    const { body } = await manage('GET', '/keys');
    const { kid } = (body.data.keys as { kid: string; state: string }[]).find(({ state }) => state === 'next')!;
    return manage('POST', `/keys/${kid}/revoke`, { reason: 'drill' });
  },
  'audit.lost': { shownIn: 'audit/adapters/sql-audit-log.spec.ts' },
  'audit.pruned': { shownIn: 'audit/audit-keeper.spec.ts' },
  'audit.tampered': { shownIn: 'audit/audit-keeper.spec.ts' },
};

describe('every security event leaves its record: who, what, when, where (R15)', () => {
  let auth: RunningAuth;
  let limited: RunningAuth;
  let admin: SignedInPerson;
  beforeAll(async () => {
    auth = await startReadyAuth({ KEY_PUBLISH_AHEAD: '1s' });
    limited = await startReadyAuth({
      RATE_LIMIT_ENABLED: 'true',
      RATE_LIMIT_SIGNIN_PER_MINUTE: '2',
      RATE_LIMIT_API_PER_MINUTE: '4',
    });
    admin = await signedIn(auth, ['user', 'admin']);
  });
  afterAll(() => Promise.all([auth.close(), limited.close()]));

  const caused = AUDIT_EVENT_KINDS.flatMap((kind) => {
    const cause = CAUSES[kind];
    return typeof cause === 'function' ? [[kind, cause] as const] : [];
  });
  const shown = AUDIT_EVENT_KINDS.flatMap((kind) => {
    const cause = CAUSES[kind];
    return typeof cause === 'function' ? [] : [[kind, cause.shownIn] as const];
  });

  it.each(caused)('%s', async (kind, cause) => {
    const person = await signedIn(auth);
    const answer = await cause({
      auth,
      limited,
      admin,
      person,
      post: (path, body, token) =>
        auth.ask('POST', `/api/v1/auth/${path}`, {
          ...(body === undefined ? {} : { body }),
          ...(token === undefined ? {} : { token }),
        }),
      manage: (method, path, body) =>
        auth.ask(method, `/api/v1/admin${path}`, { token: admin.token, ...(body === undefined ? {} : { body }) }),
    });
    const requestId = answer.headers['x-request-id'];
    let found: AuditEntry | undefined;
    // Letters are written behind the request that asks for them, and recorded then.
    await eventually(
      async () => {
        for (const { app } of [auth, limited]) await app.get(AuditLog).flush();
        const pages = await Promise.all(
          [auth, limited].map(({ app }) => app.get(AuditTrail).page({ kinds: [kind], limit: 50 })),
        );
        const isIt = (entry: AuditEntry) =>
          CONSEQUENCES.has(kind) ? entry.userId === person.user.id : entry.requestId === requestId;
        found = pages.flatMap(({ entries }) => entries).find(isIt);
        expect({ kind, status: answer.status, found }).toMatchObject({ found: { kind, seq: expect.any(Number) } });
      },
      { timeoutMs: 3_000 },
    );
    if (!CONSEQUENCES.has(kind)) expect(found!.ipAddress).toBe('127.0.0.1');
    const isNobody = ['signin.throttled', 'limit.exceeded'].includes(kind);
    const { userId, actorId, clientId } = found!;
    expect(isNobody || userId !== null || actorId !== null || clientId !== null).toBe(true);
  });

  it.each(shown)('%s, which no request causes, is shown in %s', (kind, file) => {
    expect(readFileSync(join(__dirname, '..', file), 'utf8')).toContain(`'${kind}'`);
  });

  it('of a person holds ids only, so that erasing an account leaves nothing of them behind', async () => {
    const { email } = await aPerson(auth);
    const page = await auth.app.get(AuditTrail).page({ limit: 200 });
    expect(JSON.stringify(page)).not.toContain('example.test');
    expect(JSON.stringify(page)).not.toContain(email);
  });
});
