import { aPerson, signedIn, signIn } from '../../test/administrators.js';
import {
  aGateway,
  aHandle,
  APP_URL,
  type Federated,
  type Gateway,
  providerEntry,
  PUBLIC_URL,
  type ScriptedProvider,
  startScriptedProvider,
  through,
  Wanderer,
} from '../../test/federation-world.js';
import { claimsOf } from '../../test/oauth-world.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { RightsStore } from '../roles/rights-store.port.js';
import { UserRepository } from '../users/user-repository.port.js';

const IDENTITIES = '/api/v1/auth/identities';
const codeOf = ({ status, body }: Answer) => `${status} ${body?.error?.code ?? ''}`.trim();

let provider: ScriptedProvider;
let auth: RunningAuth;
let gateway: Gateway;
beforeAll(async () => {
  provider = await startScriptedProvider({ kind: 'entra' });
  const roleMap = { 'Gate.Admin': ['admin'], 'Orders.Read': ['order-reader'] };
  auth = await startAuth({
    PUBLIC_URL,
    APP_URL,
    IDENTITY_PROVIDERS: JSON.stringify(providerEntry('entra', provider, { roleMap })),
  });
  await auth.app.get(RightsStore).createRole('helpdesk', ['admin:users:read']);
  gateway = await aGateway(auth);
}, 60_000);
afterAll(async () => {
  await auth?.close();
  await provider?.close();
});

const users = () => auth.app.get(UserRepository);
const rolesOf = (token: string) => [...(claimsOf(token)['roles'] as string[])].sort();
const rolesNow = async (userId: number) => [...((await users().findById(userId))?.roles ?? [])].sort();
const aMember = (...roles: string[]) => provider.people.add({ handle: aHandle(), roles }).handle;
const me = (token: string) => auth.ask('GET', '/api/v1/auth/me', { token });

/** Takes the role from every administrator but this one, who does it. */
async function leftAlone({ userId, accessToken }: Pick<Federated, 'userId' | 'accessToken'>): Promise<void> {
  for (const { id, roles } of await users().page({ limit: 100 })) {
    if (id === userId || !roles.includes('admin')) continue;
    const change = { token: accessToken, body: { roles: ['user'] } };
    expect((await auth.ask('PATCH', `/api/v1/admin/users/${id}`, change)).status).toBe(200);
  }
}

describe('the last administrator', () => {
  it('stays one when their provider forgets them, at a sign-in and at a refresh, until there is another', async () => {
    const handle = aMember('Gate.Admin', 'Orders.Read');
    const first = await through(gateway, provider, { person: handle });
    expect(rolesOf(first.accessToken)).toEqual(['admin', 'order-reader', 'user']);
    await leftAlone(first);

    provider.people.change(handle, { roles: [] });
    const second = await through(gateway, provider, { person: handle });
    expect(rolesOf(second.accessToken)).toEqual(['admin', 'user']);
    const refreshed = await gateway.roles('entra', provider.issueIdToken({ person: handle }));
    expect([refreshed.status, [...refreshed.body.data.roles].sort()]).toEqual([200, ['admin', 'user']]);
    // Able to administer, not only called so.
    const list = await auth.ask('GET', '/api/v1/admin/users', { token: second.accessToken });
    expect(list.status).toBe(200);
    const { identities } = (await auth.ask('GET', IDENTITIES, { token: second.accessToken })).body.data;
    expect(identities[0].granted_roles).toEqual(['admin']);

    // It was the provider’s word all the time: with somebody else there, it counts.
    await aPerson(auth, ['user', 'admin']);
    const told = await gateway.roles('entra', provider.issueIdToken({ person: handle }));
    expect(told.body.data.roles).toEqual(['user']);
    expect(codeOf(await me(second.accessToken))).toBe('401 TOKEN_STALE');
  });

  it('stays one when they unlink the identity that made them one', async () => {
    const made = await aPerson(auth);
    const handle = aMember('Gate.Admin');
    provider.people.choose(handle);
    const browser = new Wanderer(auth, { accept: 'application/json' });
    const { token } = await signIn(auth, made);
    const begun = await browser.go('POST', `${IDENTITIES}/entra/start`, { token, body: {} });
    expect((await browser.back(await browser.atProvider(begun.body.data.redirect_to as string))).status).toBe(303);
    const admin = await signIn(auth, made);
    expect(rolesOf(admin.token)).toEqual(['admin', 'user']);
    await leftAlone({ userId: made.user.id, accessToken: admin.token });

    const { identities } = (await auth.ask('GET', IDENTITIES, { token: admin.token })).body.data;
    const unlinked = await auth.ask('DELETE', `${IDENTITIES}/${identities[0].id}`, { token: admin.token });
    expect(unlinked.status).toBe(200);
    expect(await rolesNow(made.user.id)).toEqual(['admin', 'user']);
    expect((await auth.ask('GET', '/api/v1/admin/users', { token: admin.token })).status).toBe(200);
  });
});

describe('what an administrator takes from somebody', () => {
  it('does not come back by a sign-in or a refresh that was under way', async () => {
    const admin = await signedIn(auth, ['user', 'admin']);
    const handle = aMember();
    const { userId } = await through(gateway, provider, { person: handle });
    const patch = (roles: readonly string[]) =>
      auth.ask('PATCH', `/api/v1/admin/users/${userId}`, { token: admin.token, body: { roles } });
    const rights = auth.app.get(RightsStore);
    const changeUser = rights.changeUser.bind(rights);
    const signIn = async () => rolesOf((await through(gateway, provider, { person: handle })).accessToken);
    const refresh = async () =>
      [...(await gateway.roles('entra', provider.issueIdToken({ person: handle }))).body.data.roles].sort();
    for (const come of [signIn, refresh]) {
      provider.people.change(handle, { roles: [] });
      await come();
      expect((await patch(['user', 'helpdesk'])).status).toBe(200);
      provider.people.change(handle, { roles: ['Orders.Read'] });
      jest.spyOn(rights, 'changeUser').mockImplementationOnce(async (...given) => {
        expect((await patch(['user'])).status).toBe(200);
        return changeUser(...given);
      });
      expect(await come()).toEqual(['order-reader', 'user']);
      expect(await rolesNow(userId)).toEqual(['order-reader', 'user']);
    }
  });
});
