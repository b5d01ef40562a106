import { randomHex } from '@gatehouse/kernel';
import type { NewDevice } from '../src/devices/device.js';
import type { DeviceRegistry } from '../src/devices/device-registry.port.js';

let lastUserId = 1_000;
/** A user nobody has used yet. */
export const aUserId = () => ++lastUserId;

/** A valid device of its own; say only what the test is about. */
export function aNewDevice(given: Partial<NewDevice> = {}): NewDevice {
  return {
    id: randomHex(16),
    userId: aUserId(),
    name: 'Chrome on macOS',
    tokenHash: randomHex(32),
    network: '192.0.2.1',
    agent: 'Chrome on macOS',
    atMs: 1_000,
    ...given,
  };
}

/** What every {@link DeviceRegistry} promises. */
export function describeDeviceRegistry(name: string, set: () => Promise<DeviceRegistry>): void {
  describe(`devices in ${name}`, () => {
    let devices: DeviceRegistry;
    beforeAll(async () => {
      devices = await set();
    });
    const added = async (given: Partial<NewDevice> = {}) => {
      const device = aNewDevice(given);
      await devices.add(device, 50);
      return device;
    };

    it('come back as they were added, by credential and by id, without the credential', async () => {
      const given = await added({ name: 'Küche 🦊', network: '2001:db8:1:2::/64' });
      const { tokenHash, atMs, ...facts } = given;
      const expected = { ...facts, keepsCredential: false, firstSeenAtMs: atMs, lastSeenAtMs: atMs };
      expect(await devices.findByToken(tokenHash)).toEqual(expected);
      expect(await devices.find(given.userId, given.id)).toEqual(expected);
      expect(await devices.list(given.userId)).toEqual([expected]);
    });

    it('are not found by anybody else, nor by what only resembles their credential', async () => {
      const { id, tokenHash } = await added();
      const other = aUserId();
      expect(await devices.find(other, id)).toBeUndefined();
      expect(await devices.rename(other, id, 'mine now')).toBeUndefined();
      expect(await devices.remove(other, id)).toBe(false);
      expect(await devices.list(other)).toEqual([]);
      expect(await devices.findByToken(tokenHash.toUpperCase())).toBeUndefined();
      expect(await devices.findByToken(tokenHash)).toMatchObject({ id, name: 'Chrome on macOS' });
    });

    it('tell whether one is the user’s first, and in which networks the user was last seen', async () => {
      const userId = aUserId();
      expect(await devices.add(aNewDevice({ userId, network: '192.0.2.7' }), 50)).toBe(true);
      expect(await devices.add(aNewDevice({ userId, network: '192.0.2.8' }), 50)).toBe(false);
      expect(await devices.knowsNetwork(userId, '192.0.2.7')).toBe(true);
      expect(await devices.knowsNetwork(userId, '192.0.2.9')).toBe(false);
      expect(await devices.knowsNetwork(aUserId(), '192.0.2.7')).toBe(false);
    });

    it('are listed last seen first, and beyond the limit the one seen longest ago is forgotten, never the new one', async () => {
      const userId = aUserId();
      const ids: string[] = [];
      for (let n = 0; n < 4; n++) {
        // The newest was seen first: clocks differ.
        const device = aNewDevice({ userId, atMs: n === 3 ? 1 : 1_000 + n });
        await devices.add(device, 3);
        ids.push(device.id);
      }
      expect((await devices.list(userId)).map(({ id }) => id)).toEqual([ids[2], ids[1], ids[3]]);
    });

    it('note that they came back, where and as what', async () => {
      const { id, userId, tokenHash } = await added();
      await devices.noteUse(id, { tokenHash, network: '198.51.100.1', agent: 'Firefox on Linux', atMs: 9_000 });
      expect(await devices.find(userId, id)).toMatchObject({
        network: '198.51.100.1',
        agent: 'Firefox on Linux',
        keepsCredential: true,
        firstSeenAtMs: 1_000,
        lastSeenAtMs: 9_000,
      });
      expect(await devices.knowsNetwork(userId, '192.0.2.1')).toBe(false);
      await devices.noteUse(randomHex(16), { tokenHash: randomHex(32), network: '', agent: '', atMs: 1 });
    });

    it('that keep no credential get another for the same client in the same network; the last two are good', async () => {
      const { id, userId, tokenHash, network, agent } = await added();
      const client = { userId, network, agent, tokenHash: randomHex(32), atMs: 5_000 };
      expect(await devices.readopt({ ...client, userId: aUserId() })).toBeUndefined();
      expect(await devices.readopt({ ...client, network: '192.0.2.2' })).toBeUndefined();
      expect(await devices.readopt({ ...client, agent: 'curl' })).toBeUndefined();
      expect(await devices.readopt(client)).toMatchObject({ id, lastSeenAtMs: 5_000 });
      expect(await devices.findByToken(tokenHash)).toMatchObject({ id });
      expect(await devices.findByToken(client.tokenHash)).toMatchObject({ id });
      const third = randomHex(32);
      expect(await devices.readopt({ ...client, tokenHash: third })).toMatchObject({ id });
      expect(await devices.findByToken(tokenHash)).toBeUndefined();
      expect(await devices.findByToken(third)).toMatchObject({ id });
    });

    it.each(['the last', 'the one before'])(
      'that came back with %s credential keep it, and no other',
      async (which) => {
        const { id, userId, tokenHash: before, network, agent } = await added();
        const client = { userId, network, agent, atMs: 5_000 };
        const last = randomHex(32);
        await devices.readopt({ ...client, tokenHash: last });
        const [kept, other] = which === 'the last' ? [last, before] : [before, last];
        await devices.noteUse(id, { tokenHash: kept, network, agent, atMs: 6_000 });
        expect(await devices.readopt({ ...client, tokenHash: randomHex(32) })).toBeUndefined();
        expect(await devices.findByToken(kept)).toMatchObject({ id, keepsCredential: true });
        expect(await devices.findByToken(other)).toBeUndefined();
      },
    );

    it('take another name', async () => {
      const { id, userId } = await added();
      expect(await devices.rename(userId, id, 'Küche')).toMatchObject({ id, name: 'Küche' });
      // The same once more: a database that counts changed rows must not take it for none.
      expect(await devices.rename(userId, id, 'Küche')).toMatchObject({ id, name: 'Küche' });
      expect(await devices.rename(userId, randomHex(16), 'Küche')).toBeUndefined();
    });

    it('are forgotten one by one or all together', async () => {
      const { id, userId, tokenHash } = await added();
      await added({ userId });
      await added({ userId });
      expect(await devices.remove(userId, id)).toBe(true);
      expect(await devices.remove(userId, id)).toBe(false);
      expect(await devices.findByToken(tokenHash)).toBeUndefined();
      expect(await devices.list(userId)).toHaveLength(2);
      const other = await added();
      await devices.removeAll(userId);
      expect(await devices.list(userId)).toEqual([]);
      expect(await devices.list(other.userId)).toHaveLength(1);
    });
  });
}
