import { randomBytes } from 'node:crypto';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import { generateSigningKey } from '../signing/generate-signing-key.js';
import { PrivateKeySealer } from '../signing/sealed-private-key.js';
import type { SigningKeySet } from '../signing/signing-key-store.port.js';
import { SqlSigningKeyStore } from './sql-signing-key-store.js';

const clock = new FakeClock();
const sealer = new PrivateKeySealer(randomBytes(32));

async function offer(store: SqlSigningKeyStore): Promise<SigningKeySet> {
  const [active, next] = await Promise.all([generateSigningKey('active', 1), generateSigningKey('next', 2)]);
  return store.bootstrap(active, next);
}

const told = ({ version, keys }: SigningKeySet) => ({ version, keys: keys.map(({ kid, state }) => ({ kid, state })) });

describe.each(databases)('signing keys in %s', (name, fresh) => {
  const opened: Database[] = [];
  const stores = async (count: number) => {
    const open = await fresh();
    const all = await Promise.all(Array.from({ length: count }, open));
    opened.push(...all);
    return all.map((database) => new SqlSigningKeyStore(database.dataSource, sealer, clock));
  };
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
  });

  it('are none at first', async () => {
    const [store] = await stores(1);
    await expect(store!.load()).resolves.toMatchObject({ version: 0, keys: [] });
  });

  it('come back able to sign', async () => {
    const [store] = await stores(1);
    const active = await generateSigningKey('active', 5);
    await store!.bootstrap(active, await generateSigningKey('next', 6));
    const { keys, version } = await store!.load();
    expect(version).toBe(1);
    expect(keys[0]).toMatchObject({ kid: active.kid, state: 'active', publicKey: active.publicKey, tokenSeconds: 0 });
    expect(keys[0]!.privateKey?.equals(active.privateKey)).toBe(true);
    expect(keys.map((key) => key.state)).toEqual(['active', 'next']);
  });

  it('lie there sealed', async () => {
    const [store] = await stores(1);
    const { keys } = await offer(store!);
    const rows = JSON.stringify(await opened[0]!.dataSource.query('SELECT * FROM signing_keys'));
    for (const { privateKey } of keys) {
      const { d } = privateKey!.export({ format: 'jwk' });
      expect(rows).not.toContain(d);
      expect(rows).not.toContain(privateKey!.export({ format: 'der', type: 'pkcs8' }).toString('base64').slice(0, 40));
    }
    const stranger = new SqlSigningKeyStore(opened[0]!.dataSource, new PrivateKeySealer(randomBytes(32)), clock);
    for (const { privateKey } of (await stranger.load()).keys) expect(privateKey).toBeUndefined();
  });

  it('are made once: a second offer changes nothing', async () => {
    const [store] = await stores(1);
    const first = await offer(store!);
    expect(told(await offer(store!))).toEqual(told(first));
  });

  it('change in one step on top of the version they were seen in, and not on top of another', async () => {
    const [store] = await stores(1);
    const { version, keys } = await offer(store!);
    const [active, next] = keys;
    const fresh = await generateSigningKey('next', 0, 900);
    const change = { retire: { kid: active!.kid, publishedForMs: 5_000 }, activate: next!.kid, add: { next: fresh } };
    await expect(store!.change(version - 1, change)).resolves.toBe(false);
    expect(told(await store!.load())).toEqual(told({ version, keys, atMs: 0 }));
    await expect(store!.change(version, change)).resolves.toBe(true);
    await expect(store!.change(version, change)).resolves.toBe(false);
    const after = await store!.load();
    expect(after.version).toBe(version + 1);
    expect(Object.fromEntries(after.keys.map(({ kid, state }) => [kid, state]))).toEqual({
      [active!.kid]: 'retired',
      [next!.kid]: 'active',
      [fresh.kid]: 'next',
    });
    const retired = after.keys.find(({ state }) => state === 'retired')!;
    expect(retired.publishedUntilMs! - retired.retiredAtMs!).toBe(5_000);
  });

  it('stay as they are when one part of a change fails', async () => {
    const [store] = await stores(1);
    const before = await offer(store!);
    const fresh = await generateSigningKey('next', 0, 900);
    // There is a `next`: the second one has no place.
    const change = { remove: [{ kid: before.keys[0]!.kid, ending: 'withdrawn' as const }], add: { next: fresh } };
    await expect(store!.change(before.version, change)).rejects.toThrow();
    expect(told(await store!.load())).toEqual(told(before));
    await expect(store!.past(9)).resolves.toEqual([]);
  });

  it('grow in version when the bundle says something new, and only then', async () => {
    const [store] = await stores(1);
    await offer(store!);
    await store!.announce('settings-a');
    await store!.announce('settings-a');
    expect((await store!.load()).version).toBe(2);
    await store!.announce('settings-b');
    expect((await store!.load()).version).toBe(3);
  });

  if (name === 'MySQL') {
    it('are the same for three instances that start at once, twenty times over', async () => {
      const everywhere = await stores(3);
      for (let round = 0; round < 20; round++) {
        await opened[0]!.dataSource.query('DELETE FROM signing_keys');
        const before = (await everywhere[0]!.load()).version;
        const sets = await Promise.all(everywhere.map(offer));
        expect(sets[0]!.keys.map((key) => key.state)).toEqual(['active', 'next']);
        expect(sets[0]!.version).toBe(before + 1);
        for (const set of sets) expect(told(set)).toEqual(told(sets[0]!));
      }
    });

    it('count settings announced by three instances at once as one change', async () => {
      const everywhere = await stores(3);
      await Promise.all(everywhere.map((store) => store.announce('the same')));
      expect((await everywhere[0]!.load()).version).toBe(1);
    });
  }
});
