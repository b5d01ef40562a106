import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KEY_BUNDLE_CHANNEL, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { connectRedis, connectRedisSubscriber, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, type RedisServer, startRedis } from '@gatehouse/testing';
import { generateSecrets } from '../../config/embedded-secrets.js';
import type { KeyBundleOutlet, PublishedBundle } from '../bundle/key-bundle-outlet.port.js';
import { RootKey } from '../bundle/root-key.js';
import { FileKeyBundleOutlet } from './file-key-bundle-outlet.js';
import { RedisKeyBundleOutlet } from './redis-key-bundle-outlet.js';

const root = RootKey.parse(generateSecrets().rootSigningKey);
const foreignRoot = RootKey.parse(generateSecrets().rootSigningKey);

function aBundle(version: number, signer = root): PublishedBundle {
  const text = signer.signBundle({ iss: 'i', aud: 'a', ver: version, iat: 0, max_token_seconds: 900, keys: [] });
  return { version, text };
}

interface Place {
  readonly outlet: KeyBundleOutlet;
  read(): Promise<string | null>;
  plant(text: string): Promise<void>;
}

function describeOutlet(name: string, set: () => Promise<Place>): void {
  describe(`a place for the key bundle: ${name}`, () => {
    let place: Place;
    beforeEach(async () => {
      place = await set();
    });

    it('takes the first bundle and every newer one', async () => {
      const bundles = [aBundle(1), aBundle(2), aBundle(10)];
      for (const bundle of bundles) {
        await place.outlet.put(bundle);
        await expect(place.read()).resolves.toBe(bundle.text);
      }
    });

    it('keeps a newer one that is there', async () => {
      const newer = aBundle(5);
      await place.plant(newer.text);
      await place.outlet.put(aBundle(4));
      await expect(place.read()).resolves.toBe(newer.text);
    });

    it('tells what lies there, and believes nobody but our root keys', async () => {
      await expect(place.outlet.find()).resolves.toBeUndefined();
      await place.plant(aBundle(99, foreignRoot).text);
      await expect(place.outlet.find()).resolves.toBeUndefined();
      await place.plant(aBundle(5).text);
      await expect(place.outlet.find()).resolves.toEqual({ version: 5, kids: [] });
      await place.plant(aBundle(6).text);
      await expect(place.outlet.find()).resolves.toEqual({ version: 6, kids: [] });
    });

    it('keeps the one of another instance with the same version', async () => {
      const theirs = aBundle(5);
      await place.plant(theirs.text);
      await place.outlet.put(aBundle(5));
      await expect(place.read()).resolves.toBe(theirs.text);
    });

    it.each([
      ['one signed by somebody else with a high version', aBundle(999, foreignRoot).text],
      ['nonsense', 'not a bundle'],
    ])('replaces %s', async (_what, planted) => {
      await place.plant(planted);
      const ours = aBundle(3);
      await place.outlet.put(ours);
      await expect(place.read()).resolves.toBe(ours.text);
    });
  });
}

describe('in Redis', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  const connectionTo = (url: string) => parseRedisSettings({ REDIS_URL: url }).settings!;

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(connectionTo(server.url), { name: 'key-bundle-test' });
    await eventually(() => redis.ping(), { timeoutMs: 5_000, everyMs: 20 });
  });
  const others: { disconnect(): void }[] = [];
  afterAll(async () => {
    redis.disconnect();
    for (const other of others) other.disconnect();
    await server.stop();
  });

  describeOutlet('Redis', async () => {
    await redis.flushall();
    return {
      outlet: new RedisKeyBundleOutlet(redis, [root.trustAnchor]),
      read: () => redis.get(KEY_BUNDLE_KEY),
      plant: async (text) => void (await redis.set(KEY_BUNDLE_KEY, text)),
    };
  });

  it('is announced with its version, once', async () => {
    await redis.flushall();
    const subscriber = connectRedisSubscriber(connectionTo(server.url), { name: 'key-bundle-test-sub' });
    others.push(subscriber);
    const heard: string[] = [];
    subscriber.on('message', (_channel: string, message: string) => heard.push(message));
    await eventually(() => subscriber.subscribe(KEY_BUNDLE_CHANNEL), { timeoutMs: 5_000, everyMs: 20 });
    const outlet = new RedisKeyBundleOutlet(redis, [root.trustAnchor]);
    await outlet.put(aBundle(6));
    await outlet.put(aBundle(6));
    await outlet.put(aBundle(7));
    await eventually(() => expect(heard).toEqual(['6', '7']), { timeoutMs: 2_000, everyMs: 20 });
  });

  it('is the newest one after many publishers at once', async () => {
    await redis.flushall();
    const bundles = Array.from({ length: 30 }, (_, index) => aBundle(index + 1)).sort(() => Math.random() - 0.5);
    await Promise.all(bundles.map((bundle) => new RedisKeyBundleOutlet(redis, [root.trustAnchor]).put(bundle)));
    const newest = bundles.find((bundle) => bundle.version === 30);
    // A publisher that lost every race gives up until the next heartbeat.
    await new RedisKeyBundleOutlet(redis, [root.trustAnchor]).put(newest!);
    await expect(redis.get(KEY_BUNDLE_KEY)).resolves.toBe(newest!.text);
  });

  it('says so when Redis is away', async () => {
    const away = await startRedis();
    const connection = connectRedis(connectionTo(away.url), { name: 'key-bundle-test-away' });
    others.push(connection);
    await eventually(() => connection.ping(), { timeoutMs: 5_000, everyMs: 20 });
    await away.kill();
    await expect(new RedisKeyBundleOutlet(connection, [root.trustAnchor]).put(aBundle(1))).rejects.toThrow(
      SessionStoreUnavailable,
    );
  });
});

describe('in a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gatehouse-bundle-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  describeOutlet('file', async () => {
    const path = join(folder, 'key-bundle.jws');
    return {
      outlet: new FileKeyBundleOutlet(path, [root.trustAnchor]),
      read: async () => (await readFile(path, 'utf8')).trim(),
      plant: (text) => writeFile(path, `${text}\n`),
    };
  });

  it('leaves no draft behind', async () => {
    await new FileKeyBundleOutlet(join(folder, 'deep', 'key-bundle.jws'), [root.trustAnchor]).put(aBundle(1));
    await expect(readdir(join(folder, 'deep'))).resolves.toEqual(['key-bundle.jws']);
  });
});
