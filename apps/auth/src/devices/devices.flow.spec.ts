import { randomHex } from '@gatehouse/kernel';
import { RevocationOutbox } from '@gatehouse/revocation-log';
import { SessionStore } from '@gatehouse/session-store';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import type { Answer, RunningAuth } from '../../test/start-auth.js';
import { letterTo, lettersOf, startReadyAuth } from '../../test/mailbox.js';
import { OpenSession } from '../sign-in/open-session.js';
import { canonicalEmail } from '../users/email-address.js';
import { UserRepository } from '../users/user-repository.port.js';
import { DeviceRegistry } from './device-registry.port.js';

const PASSWORD = 'correct horse battery';
const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';
const DEVICES = '/api/v1/auth/devices';

let auth: RunningAuth;
beforeAll(async () => {
  auth = await startReadyAuth({ TRUSTED_PROXIES: '127.0.0.1' });
});
afterAll(() => auth.close());

interface Person {
  readonly email: string;
  readonly password: string;
}

async function aPerson(): Promise<Person> {
  const person = { email: `user-${randomHex(6)}@example.test`, password: PASSWORD };
  expect((await auth.ask('POST', '/api/v1/auth/signup', { body: person })).status).toBe(201);
  return person;
}

const signIn = (person: Person, more: object = {}, headers: Record<string, string> = {}) =>
  auth.ask('POST', '/api/v1/auth/signin', { body: { ...person, ...more }, headers });
const tokenOf = ({ body }: Answer) => body.data.access_token as string;
const claimsOf = (answer: Answer) => JSON.parse(Buffer.from(tokenOf(answer).split('.')[1]!, 'base64url').toString());
const list = async (answer: Answer) => (await auth.ask('GET', DEVICES, { token: tokenOf(answer) })).body.data.devices;

describe('signing in on a device', () => {
  it('gives it a credential to keep, and an id that stands in its tokens, refreshed ones too', async () => {
    const person = await aPerson();
    const first = await signIn(person, {}, { 'user-agent': CHROME });
    const { device_token, refresh_token } = first.body.data;
    expect(device_token).toMatch(/^[\w-]{43}$/);
    const { device_id } = claimsOf(first);
    expect(device_id).toMatch(/^[0-9a-f]{32}$/);
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token } });
    expect(claimsOf(refreshed).device_id).toBe(device_id);
    expect(refreshed.text).not.toContain('device_token');

    const again = await signIn(person, { device_token }, { 'user-agent': CHROME });
    expect(again.body.data).not.toHaveProperty('device_token');
    expect(claimsOf(again).device_id).toBe(device_id);
    const [device, ...others] = await list(again);
    expect(others).toEqual([]);
    expect(device).toEqual({
      id: device_id,
      name: 'Chrome on macOS',
      agent: 'Chrome on macOS',
      network: '127.0.0.1',
      first_seen_at: expect.stringMatching(/^\d{4}-.*Z$/),
      last_seen_at: expect.stringMatching(/^\d{4}-.*Z$/),
      is_current: true,
    });
  });

  it('takes the credential from a cookie as well', async () => {
    const person = await aPerson();
    const first = await signIn(person);
    const cookie = `__Host-device=${first.body.data.device_token}`;
    expect(claimsOf(await signIn(person, {}, { cookie })).device_id).toBe(claimsOf(first).device_id);
  });

  it.each(['', 'x', 'a'.repeat(44), 7, {}, null])('refuses %j for a credential', async (device_token) => {
    const answer = await signIn(await aPerson(), { device_token });
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe('VALIDATION_ERROR');
  });

  it('takes nothing but chance for a credential: a made-up one is a new device', async () => {
    const person = await aPerson();
    const made = 'A'.repeat(43);
    const answer = await signIn(person, { device_token: made });
    expect(answer.status).toBe(200);
    expect(answer.body.data.device_token).not.toBe(made);
  });

  it('leaves no credential in the log, in a list or in the database', async () => {
    const person = await aPerson();
    const answer = await signIn(person);
    const { device_token } = answer.body.data;
    await signIn(person, { device_token, password: 'wrong' });
    expect(auth.log()).not.toContain(device_token);
    expect(JSON.stringify(await list(answer))).not.toContain(device_token);
  });
});

describe('the devices of a person', () => {
  it('are among what an export tells of them, and go with the account', async () => {
    const answer = await signIn(await aPerson());
    const userId = answer.body.data.user.id as number;
    const book = auth.app.get(PersonalRecordsBook);
    const [device] = await list(answer);
    await expect(book.about(userId)).resolves.toMatchObject({ devices: [{ ...device, is_current: false }] });
    await auth.app.get(DeviceRegistry).removeAll(userId);
    await expect(book.about(userId)).resolves.toMatchObject({ devices: [] });
  });

  it('can be renamed by them', async () => {
    const answer = await signIn(await aPerson());
    const [{ id }] = await list(answer);
    const renamed = await auth.ask('PATCH', `${DEVICES}/${id}`, { token: tokenOf(answer), body: { name: 'Küche 🦊' } });
    expect(renamed.status).toBe(200);
    expect(renamed.body.data.device).toMatchObject({ id, name: 'Küche 🦊', is_current: true });
    expect(await list(answer)).toEqual([renamed.body.data.device]);
  });

  it.each([
    {},
    { name: '' },
    { name: 'x'.repeat(101) },
    { name: 'a\u0000b' },
    { name: 7 },
    { name: 'x', trusted: true },
  ])('take no %j for a name', async (body) => {
    const answer = await signIn(await aPerson());
    const [{ id }] = await list(answer);
    const refused = await auth.ask('PATCH', `${DEVICES}/${id}`, { token: tokenOf(answer), body });
    expect(refused.body.error.code).toBe('VALIDATION_ERROR');
    expect(refused.status).toBe(400);
  });

  it('end with all their sessions, everywhere and by one entry of the feed, and only theirs', async () => {
    const person = await aPerson();
    const first = await signIn(person);
    const { device_token, refresh_token } = first.body.data;
    const onSame = [first, await signIn(person, { device_token }), await signIn(person, { device_token })];
    const onOther = await signIn(person, {}, { 'x-forwarded-for': '203.0.113.1' });
    const { device_id } = claimsOf(first);
    expect(claimsOf(onOther).device_id).not.toBe(device_id);

    const removed = await auth.ask('DELETE', `${DEVICES}/${device_id}`, { token: tokenOf(onOther) });
    expect(removed.status).toBe(200);
    expect(removed.body.data).toEqual({ removed: true, device_id, revocation_id: expect.any(String) });

    for (const answer of onSame) {
      const refused = await auth.ask('GET', '/api/v1/sessions', { token: tokenOf(answer) });
      expect([refused.status, refused.body.error.code]).toEqual([401, 'TOKEN_REVOKED']);
    }
    const refresh = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token } });
    expect(refresh.status).toBe(401);
    const sessions = await auth.ask('GET', '/api/v1/sessions', { token: tokenOf(onOther) });
    expect(sessions.body.data.count).toBe(1);
    const written = await auth.app.get(RevocationOutbox).find(removed.body.data.revocation_id as string);
    expect(written.map(({ entry }) => [entry.scope, entry.value])).toEqual([['device', device_id]]);
    const receipt = await auth.ask('GET', `/api/v1/revocations/${removed.body.data.revocation_id}`, {
      token: tokenOf(onOther),
    });
    expect(receipt.status).toBe(200);

    // Its credential is void, and signed in again it is another device, whose tokens are good.
    const back = await signIn(person, { device_token });
    expect(claimsOf(back).device_id).not.toBe(device_id);
    expect((await auth.ask('GET', '/api/v1/sessions', { token: tokenOf(back) })).status).toBe(200);
    const events = (await list(onOther)).map(({ id }: { id: string }) => id);
    expect(events).not.toContain(device_id);
  });

  it('let nobody in who was signing in on one when it was removed', async () => {
    const person = await aPerson();
    const first = await signIn(person);
    const { device_token } = first.body.data;
    const { device_id } = claimsOf(first);
    const elsewhere = await signIn(person, {}, { 'x-forwarded-for': '203.0.113.1' });
    const opening = auth.app.get(OpenSession, { strict: false });
    const open = opening.run.bind(opening);
    jest.spyOn(opening, 'run').mockImplementationOnce(async (...given) => {
      const removed = await auth.ask('DELETE', `${DEVICES}/${device_id}`, { token: tokenOf(elsewhere) });
      expect(removed.status).toBe(200);
      return open(...given);
    });
    expect((await signIn(person, { device_token })).body.error?.code).toBe('INVALID_CREDENTIALS');
    const live = await auth.app.get(SessionStore).list(Number(claimsOf(first).sub));
    expect(live.map(({ deviceId }) => deviceId)).toEqual([claimsOf(elsewhere).device_id]);
    expect((await signIn(person, { device_token })).status).toBe(200);
  });

  it('are not remembered of somebody who is erased while they sign in', async () => {
    const person = await aPerson();
    const users = auth.app.get(UserRepository);
    const { id } = (await users.findByEmail(canonicalEmail(person.email)))!;
    const registry = auth.app.get(DeviceRegistry);
    const add = registry.add.bind(registry);
    jest.spyOn(registry, 'add').mockImplementationOnce(async (...given) => {
      await auth.app.get(PersonalRecordsBook).forget(id);
      await users.remove(id);
      return add(...given);
    });
    expect((await signIn(person)).body.error?.code).toBe('INVALID_CREDENTIALS');
    expect(await registry.list(id)).toEqual([]);
  });

  it('are nobody else’s: another person’s device is as unknown as one that does not exist', async () => {
    const owner = await signIn(await aPerson());
    const stranger = await signIn(await aPerson());
    const [{ id }] = await list(owner);
    for (const unknown of [id, '0'.repeat(32), 'x', '..%2f', '0', "1'%20or%201=1", 'A'.repeat(90)]) {
      for (const [method, body] of [
        ['PATCH', { name: 'mine' }],
        ['DELETE', undefined],
      ] as const) {
        const answer = await auth.ask(method, `${DEVICES}/${unknown}`, {
          token: tokenOf(stranger),
          ...(body ? { body } : {}),
        });
        expect([unknown, answer.status, answer.body.error.code]).toEqual([unknown, 404, 'DEVICE_NOT_FOUND']);
      }
    }
    expect(await list(owner)).toMatchObject([{ id, is_current: true }]);
    expect((await auth.ask('GET', '/api/v1/sessions', { token: tokenOf(owner) })).status).toBe(200);
    for (const route of [`GET ${DEVICES}`, `PATCH ${DEVICES}/${id}`, `DELETE ${DEVICES}/${id}`]) {
      const [method = '', path = ''] = route.split(' ');
      expect((await auth.ask(method, path)).body.error.code).toBe('TOKEN_MISSING');
    }
  });
});

describe('a sign-in on a new device', () => {
  it('is told to the owner by mail; their first, and one on a known device, are not', async () => {
    const mailing = await startReadyAuth({ TRUSTED_PROXIES: '127.0.0.1' });
    const person = { email: `user-${randomHex(6)}@example.test`, password: PASSWORD };
    const from = (ip: string, more: object = {}) =>
      mailing.ask('POST', '/api/v1/auth/signin', { body: { ...person, ...more }, headers: { 'x-forwarded-for': ip } });
    await mailing.ask('POST', '/api/v1/auth/signup', { body: person });
    const { device_token } = (await from('192.0.2.1')).body.data;
    await from('192.0.2.2', { device_token });
    const told = () => lettersOf(mailing).filter(({ subject }) => /new device/.test(subject));
    expect(told()).toEqual([]);
    await from('192.0.2.3', { device_name: 'Click http://evil.test' });
    const letter = await letterTo(mailing, person.email, /new device/);
    expect(told()).toHaveLength(1);
    // Whoever signs in chooses the name of the device: it must not become our words.
    expect(JSON.stringify(letter)).not.toMatch(/evil|Click http/);
    await mailing.close();
  });
});
