import { FEED_STREAM_KEY } from '@gatehouse/contracts';
import { eventually, startRedisCluster, type RedisCluster } from '@gatehouse/testing';
import { Cluster, Redis } from 'ioredis';
import { configFromEnvironment } from '../src/index.js';
import { RedisWriter } from './redis-writer.js';
import { Truth } from './truth.js';
import { Witness } from './witness.js';

describe('on a Redis Cluster, given by one environment variable', () => {
  let cluster: RedisCluster;
  let truth: Truth;
  let beating: NodeJS.Timeout | undefined;
  const witnesses: Witness[] = [];

  beforeAll(async () => {
    cluster = await startRedisCluster({ replicasPerPrimary: 1, nodeTimeoutMs: 500 });
    truth = new Truth(writerFrom(Number(cluster.addresses[0]?.split(':')[1])));
  }, 60_000);
  afterEach(async () => {
    clearInterval(beating);
    await Promise.all(witnesses.splice(0).map((each) => each.close()));
  });
  afterAll(async () => {
    truth.writer.close();
    await cluster.kill();
  });

  const writerFrom = (port: number) => {
    const redisOptions = { commandTimeout: 1_000, maxRetriesPerRequest: 1 };
    return new RedisWriter(new Cluster([{ port }], { redisOptions, clusterRetryStrategy: () => 50 }));
  };
  const witness = () => {
    const joined = new Witness(configFromEnvironment({ REDIS_CLUSTER_NODES: cluster.addresses.join() }));
    witnesses.push(joined);
    return joined;
  };
  const beat = () => {
    beating = setInterval(() => void truth.writer.beat().catch(() => undefined), 200);
  };
  /** How many validators listen at this node. */
  const listenersAt = async (address: string) => {
    const list = String(await onNode(address, 'CLIENT', 'LIST', 'TYPE', 'pubsub'));
    return list.split('session-validator:listen').length - 1;
  };
  const hearAtOnce = async (joined: readonly Witness[]) => {
    const startedAt = performance.now();
    await truth.revoke();
    await Promise.all(joined.map((each) => each.equals(truth)));
    // Not found by the periodic reading.
    expect(performance.now() - startedAt).toBeLessThan(500);
  };

  it('hears of an entry at once, wherever it listens', async () => {
    await truth.revoke(3);
    await truth.writer.beat();
    const joined = [witness(), witness(), witness()];
    await Promise.all(joined.map((each) => each.equals(truth)));
    beat();
    await eventually(() => expect(joined.every(({ isFresh }) => isFresh)).toBe(true));
    await hearAtOnce(joined);
  });

  it('listens again, anywhere, when it was thrown out', async () => {
    const joined = witness();
    await joined.equals(truth);
    for (const address of cluster.addresses) await onNode(address, 'CLIENT', 'KILL', 'TYPE', 'pubsub');
    await truth.revoke(10);
    await joined.equals(truth);
    await eventually(async () => {
      const listeners = await Promise.all(cluster.addresses.map(listenersAt));
      expect(listeners.reduce((sum, each) => sum + each)).toBe(1);
    });
    await hearAtOnce([joined]);
  });

  it('F8: is the truth again after the owner of the feed stood still and its replica took over', async () => {
    const joined = witness();
    await joined.equals(truth);
    const owner = await cluster.ownerOf(FEED_STREAM_KEY);
    cluster.pauseNode(owner);
    const takenOver = await eventually(
      async () => {
        const port = await cluster.ownerOf(FEED_STREAM_KEY);
        expect(port).not.toBe(owner);
        return port;
      },
      { timeoutMs: 15_000 },
    );
    // Its own connection to the node that stands still is not what this is about.
    truth.writer.close();
    truth = truth.continuedOn(writerFrom(takenOver));
    await truth.refill();
    const startedAt = performance.now();
    await joined.equals(truth);
    expect(performance.now() - startedAt).toBeLessThan(6_000);
    cluster.resumeNode(owner);
    await truth.revoke(10);
    await joined.equals(truth);
    // In step again, so that it may take over in its turn.
    await eventually(async () =>
      expect(String(await onNode(`127.0.0.1:${owner}`, 'INFO', 'replication'))).toMatch(/master_link_status:up/),
    );
  });

  it('F6: is the truth again after the owner of the feed was killed and its replica took over', async () => {
    const owner = await cluster.ownerOf(FEED_STREAM_KEY);
    // One that asks there as well as listens there, which chance decides.
    do await witness().equals(truth);
    while ((await listenersAt(`127.0.0.1:${owner}`)) === 0 && witnesses.length < 40);
    await cluster.killNode(owner);
    for (const joined of witnesses) joined.holds(truth.values);
    await eventually(async () => expect(await cluster.ownerOf(FEED_STREAM_KEY)).not.toBe(owner), {
      timeoutMs: 15_000,
    });
    // A replica that takes over may lack what was written last; the auth service finds out and fills a new epoch.
    await eventually(() => truth.refill(), { timeoutMs: 15_000 });
    await truth.revoke(10);
    witness();
    await Promise.all(witnesses.map((each) => each.equals(truth)));
    beat();
    await eventually(() => expect(witnesses.every(({ isFresh }) => isFresh)).toBe(true), { timeoutMs: 10_000 });
    await hearAtOnce(witnesses);
  });
});

async function onNode(address: string, ...[name, ...args]: [string, ...string[]]): Promise<unknown> {
  const node = new Redis(`redis://${address}`);
  try {
    return await node.call(name, ...args);
  } finally {
    node.disconnect();
  }
}
