import { DatabaseUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { aNewUser } from '../../test/user-repository.conformance.js';
import { MemoryAuditLog } from '../audit/adapters/memory-audit-log.js';
import { MemoryUserRepository } from '../users/adapters/memory-user-repository.js';
import { canonicalEmail } from '../users/email-address.js';
import type { User } from '../users/user.js';
import { MemoryDeviceRegistry } from './adapters/memory-device-registry.js';
import { DEVICE_COOKIE, deviceSetCookie, mintDeviceToken, presentedDeviceToken } from './device-credential.js';
import { KnownDevices } from './known-devices.js';
import { type NewDeviceEvent, NewDevices } from './new-devices.js';
import { RecogniseDevice, type RecogniseDeviceCommand } from './recognise-device.js';

const CHROME =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36';

function someDevices(maxPerUser = 5) {
  const clock = new FakeClock();
  const registry = new MemoryDeviceRegistry();
  const audit = new MemoryAuditLog();
  const failures: unknown[] = [];
  const newDevices = new NewDevices((error) => failures.push(error));
  const heard: NewDeviceEvent[] = [];
  newDevices.listen((event) => void heard.push(event));
  const users = { findById: async (id: number) => ({ ...aNewUser(), id }) as unknown as User };
  const recognise = new RecogniseDevice(registry, users, audit, newDevices, maxPerUser, clock);
  const seen = (given: Partial<RecogniseDeviceCommand> = {}) =>
    recognise.run({
      userId: 7,
      deviceToken: undefined,
      deviceName: undefined,
      userAgent: CHROME,
      ipAddress: '192.0.2.1',
      requestId: 'r-1',
      ...given,
    });
  return { clock, registry, audit, failures, newDevices, heard, seen };
}

describe('a device', () => {
  it('is new once, and known by its credential from then on, wherever it is and whatever it says it is', async () => {
    const { clock, seen, audit, registry } = someDevices();
    const first = await seen();
    expect(first?.deviceToken).toMatch(/^[\w-]{43}$/);
    clock.advance(120_000);
    const again = await seen({ deviceToken: first!.deviceToken, ipAddress: '2001:db8:1:2::7', userAgent: '' });
    expect(again).toEqual({ deviceId: first!.deviceId, deviceToken: undefined });
    expect(await registry.list(7)).toMatchObject([
      { name: 'Chrome on macOS', network: '2001:db8:1:2::/64', agent: '', lastSeenAtMs: clock.nowMs() },
    ]);
    expect(audit.events.map(({ kind }) => kind)).toEqual(['device.new']);
    expect(JSON.stringify([audit.events, await registry.list(7)])).not.toContain(first!.deviceToken);
  });

  it.each([
    ['made up', () => mintDeviceToken().text],
    ['void', (void_: string) => void_],
  ])('with a credential that is %s is a new one, and gets one of ours', async (_what, credential) => {
    const { seen, registry } = someDevices();
    const first = await seen();
    await seen({ deviceToken: first!.deviceToken });
    await registry.remove(7, first!.deviceId);
    const presented = credential(first!.deviceToken!);
    const second = await seen({ deviceToken: presented });
    expect(second!.deviceId).not.toBe(first!.deviceId);
    expect(second!.deviceToken).toMatch(/^[\w-]{43}$/);
    expect(second!.deviceToken).not.toBe(presented);
  });

  it('of somebody else is none: a planted credential makes nobody known', async () => {
    const { seen, registry } = someDevices();
    const attackers = await seen({ userId: 666 });
    const victims = await seen({ deviceToken: attackers!.deviceToken });
    expect(victims!.deviceId).not.toBe(attackers!.deviceId);
    expect(victims!.deviceToken).toBeDefined();
    expect(await registry.list(7)).toHaveLength(1);
    expect(await registry.list(666)).toMatchObject([{ id: attackers!.deviceId, keepsCredential: false }]);
  });

  it('that keeps no credential is the same one each time, as long as network and agent are', async () => {
    const { seen, heard } = someDevices();
    const first = await seen({ userAgent: 'curl/8' });
    const second = await seen({ userAgent: 'curl/8' });
    expect(second!.deviceId).toBe(first!.deviceId);
    expect(second!.deviceToken).not.toBe(first!.deviceToken);
    expect((await seen({ userAgent: 'curl/8', ipAddress: '192.0.2.2' }))!.deviceId).not.toBe(first!.deviceId);
    expect(heard).toHaveLength(2);
  });

  it('is one for all who sign in side by side and cannot be told apart, and is told of once', async () => {
    const { seen, registry, audit, heard } = someDevices();
    const all = await Promise.all(Array.from({ length: 20 }, () => seen()));
    const [own] = await Promise.all([seen({ deviceName: 'my own' })]);
    expect(new Set(all.map((one) => one?.deviceToken)).size).toBe(1);
    expect(own?.deviceToken).not.toBe(all[0]?.deviceToken);
    expect(await registry.list(7)).toHaveLength(1);
    expect(audit.events).toHaveLength(1);
    expect(heard).toHaveLength(1);
  });

  it('never takes the place of one that keeps its credential', async () => {
    const { seen } = someDevices();
    const owners = await seen();
    await seen({ deviceToken: owners!.deviceToken });
    const intruders = await seen();
    expect(intruders!.deviceId).not.toBe(owners!.deviceId);
    expect((await seen({ deviceToken: owners!.deviceToken }))!.deviceId).toBe(owners!.deviceId);
  });

  it('that is new is told of, the first of an account as such; whoever listens cannot hold it up', async () => {
    const { seen, heard, newDevices, failures } = someDevices();
    newDevices.listen(() => Promise.reject(new Error('no mail today')));
    newDevices.listen(() => {
      throw new Error('none at all');
    });
    newDevices.listen(() => new Promise(() => undefined));
    await seen();
    await seen({ ipAddress: '192.0.2.2', deviceName: 'Desk' });
    await new Promise(setImmediate);
    expect(heard).toMatchObject([
      { userId: 7, isFirst: true, name: 'Chrome on macOS' },
      { userId: 7, isFirst: false, name: 'Desk', ipAddress: '192.0.2.2' },
    ]);
    expect(failures).toHaveLength(4);
  });

  it('is written down once a minute at most', async () => {
    const { clock, seen, registry } = someDevices();
    const { deviceToken } = (await seen())!;
    await seen({ deviceToken });
    const noteUse = jest.spyOn(registry, 'noteUse');
    clock.advance(59_999);
    await seen({ deviceToken });
    expect(noteUse).not.toHaveBeenCalled();
    clock.advance(1);
    await seen({ deviceToken });
    expect(noteUse).toHaveBeenCalledTimes(1);
  });

  it('is unknown while the database is away, which refuses no sign-in', async () => {
    const { seen, registry } = someDevices();
    jest.spyOn(registry, 'readopt').mockRejectedValue(new DatabaseUnavailable('away'));
    await expect(seen()).resolves.toBeUndefined();
    jest.spyOn(registry, 'readopt').mockRejectedValue(new TypeError('a bug'));
    await expect(seen()).rejects.toThrow(TypeError);
  });
});

describe('whom an account knows', () => {
  async function anAccount() {
    const world = someDevices();
    const users = new MemoryUserRepository(world.clock);
    const email = canonicalEmail('ada@example.test');
    const facts = { email, emailCanonical: email, passwordHash: 'x', name: null, roles: [] };
    const { id: userId } = await users.create(facts);
    const { deviceToken, deviceId } = (await world.seen({ userId }))!;
    const known = new KnownDevices(users, world.registry);
    const knock = { account: email, network: '203.0.113.9', deviceToken: undefined as string | undefined };
    return { ...world, users, known, knock, deviceToken, deviceId };
  }

  it('is its devices, by their credential', async () => {
    const { known, knock, deviceToken, deviceId } = await anAccount();
    await expect(known.recognise({ ...knock, deviceToken })).resolves.toEqual({ kind: 'device', id: deviceId });
  });

  it('is the networks they were last seen in', async () => {
    const { known, knock } = await anAccount();
    await expect(known.recognise({ ...knock, network: '192.0.2.1' })).resolves.toEqual({ kind: 'network' });
  });

  it('is nobody else', async () => {
    const { known, knock, seen } = await anAccount();
    const { deviceToken } = (await seen({ userId: 666, ipAddress: '203.0.113.9' }))!;
    await expect(known.recognise(knock)).resolves.toBeUndefined();
    await expect(known.recognise({ ...knock, deviceToken })).resolves.toBeUndefined();
  });

  it('is asked for in the same way whether the account exists or not (C15)', async () => {
    const { known, knock, registry, deviceToken } = await anAccount();
    const byToken = jest.spyOn(registry, 'findByToken');
    const byNetwork = jest.spyOn(registry, 'knowsNetwork');
    const account = canonicalEmail('nobody@example.test');
    await expect(known.recognise({ ...knock, account, deviceToken })).resolves.toBeUndefined();
    await expect(known.recognise({ ...knock, account, network: '192.0.2.1' })).resolves.toBeUndefined();
    expect(byToken).toHaveBeenCalledTimes(1);
    expect(byNetwork).toHaveBeenCalledTimes(2);
  });

  it('is nobody while the database is away', async () => {
    const { known, knock, users, deviceToken } = await anAccount();
    jest.spyOn(users, 'findByEmail').mockRejectedValue(new DatabaseUnavailable('away'));
    await expect(known.recognise({ ...knock, deviceToken })).resolves.toBeUndefined();
  });
});

describe('the credential of a device', () => {
  const { text } = mintDeviceToken();
  const other = mintDeviceToken().text;

  it('is 256 bits of chance', () => {
    expect(Buffer.from(text, 'base64url')).toHaveLength(32);
    expect(text).not.toBe(other);
  });

  it('comes in the body, or as a cookie that no script and no other site can read or set', () => {
    expect(presentedDeviceToken({ body: { device_token: text }, headers: {} })).toBe(text);
    const cookie = deviceSetCookie(text);
    expect(cookie).toMatch(/^__Host-device=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; Secure; SameSite=Strict$/);
    const headers = { cookie: `a=b; ${cookie.split(';')[0]!}; c=d` };
    expect(presentedDeviceToken({ body: undefined, headers })).toBe(text);
    expect(presentedDeviceToken({ body: { device_token: other }, headers })).toBe(other);
  });

  it.each([
    ['nothing', undefined, undefined],
    ['no text', { device_token: { text } }, undefined],
    ['a list', { device_token: [text] }, undefined],
    ['a text that is too short', { device_token: text.slice(1) }, undefined],
    ['a text with a line end', { device_token: `${text}\n` }, undefined],
    ['a body of null', null, undefined],
    ['a cookie sent twice', {}, `${DEVICE_COOKIE}=${text}; ${DEVICE_COOKIE}=${other}`],
    ['a cookie without the prefix', {}, `device=${text}`],
    ['a cookie in another case', {}, `__host-device=${text}`],
  ])('is none for %s', (_what, body, cookie) => {
    expect(presentedDeviceToken({ body, headers: { cookie } })).toBeUndefined();
  });
});
