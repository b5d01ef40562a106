import { eventually, sleep, startRedis, startRedisCluster, type RedisServer } from '@gatehouse/testing';
import { Redis } from 'ioredis';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { connectRedisSubscriber, type RedisConnection } from './connect.js';
import { keepSubscribed } from './keep-subscribed.js';
import { parseRedisSettings, type RedisEnvironment } from './settings.js';

const CHANNEL = 'news';

let server: RedisServer;
beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.kill());

/** One alone would end a process that does not listen for them. */
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown) => unhandled.push(reason);
const opened: RedisConnection[] = [];
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', noteUnhandled);
});
afterEach(async () => {
  for (const redis of opened.splice(0)) redis.disconnect();
  // Node tells of them after the microtasks of a turn.
  await sleep(20);
  process.off('unhandledRejection', noteUnhandled);
  await server.command('ACL', 'SETUSER', 'default', 'allchannels');
});

function aListener(env: RedisEnvironment = { REDIS_URL: server.url }) {
  const redis = connectRedisSubscriber(parseRedisSettings(env).settings!, { name: 'keep-subscribed' });
  opened.push(redis);
  const heard: string[] = [];
  redis.on('message', (_channel, message: string) => heard.push(message));
  const told = { times: 0 };
  keepSubscribed(redis, CHANNEL, () => (told.times += 1));
  return { redis, heard, told };
}

const listening = async (): Promise<number> => {
  const [, count] = (await server.command('PUBSUB', 'NUMSUB', CHANNEL)) as [string, number];
  return count;
};

it('subscribes once the connection is there, again after each loss, and says so each time', async () => {
  const { heard, told } = aListener();
  await eventually(() => expect(told.times).toBe(1));
  await server.command('PUBLISH', CHANNEL, 'before');
  await server.kill();
  await server.start();
  await eventually(() => expect(told.times).toBe(2));
  await server.command('PUBLISH', CHANNEL, 'after');
  await eventually(() => expect(heard).toEqual(['before', 'after']));
  expect(unhandled).toEqual([]);
});

it('waits for an account that may not listen, or no longer, until it may', async () => {
  const { redis, heard, told } = aListener();
  await eventually(() => expect(told.times).toBe(1));
  // Redis cuts off who listens where it may no more; the connection comes up again.
  const back = once(redis, 'ready');
  await server.command('ACL', 'SETUSER', 'default', 'resetchannels');
  await back;
  await sleep(50);
  expect([await listening(), redis.status, told.times]).toEqual([0, 'ready', 1]);
  await server.command('ACL', 'SETUSER', 'default', 'allchannels');
  await eventually(() => expect(told.times).toBe(2));
  await server.command('PUBLISH', CHANNEL, 'again');
  await eventually(() => expect(heard).toEqual(['again']));
  expect(unhandled).toEqual([]);
});

describe('a connection that comes up', () => {
  let between: Server;
  let overheard: (said: string, by: 'us' | 'Redis', cut: () => void) => void;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    overheard = () => undefined;
    // Whoever has said goodbye may still be answered.
    between = createServer({ allowHalfOpen: true }, (ours) => {
      const theirs = connect({ port: server.port, host: server.host, allowHalfOpen: true });
      sockets.push(ours, theirs);
      const cut = () => {
        ours.destroy();
        theirs.destroy();
      };
      const pass = (from: Socket, to: Socket, by: 'us' | 'Redis') => {
        from.on('data', (bytes: Buffer) => {
          overheard(bytes.toString('latin1').toLowerCase(), by, cut);
          if (!to.destroyed) to.write(bytes);
        });
        from.on('error', cut);
        from.on('end', () => setTimeout(() => to.end(), 20));
      };
      pass(ours, theirs, 'us');
      pass(theirs, ours, 'Redis');
    }).listen(0, '127.0.0.1');
    await once(between, 'listening');
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    between.close();
  });
  const there = () => `redis://127.0.0.1:${(between.address() as AddressInfo).port}`;

  type Cut = (listener: ReturnType<typeof aListener>, done: () => boolean) => typeof overheard;
  it.each<[string, Cut]>([
    [
      'given up while Redis says that it is ready',
      ({ redis }, done) =>
        (said, by) => {
          if (by === 'us' && said.includes('\r\ninfo\r\n') && !done()) redis.disconnect(true);
        },
    ],
    [
      'lost as Redis says that it is ready',
      (_, done) => (said, by, cut) => {
        if (by === 'Redis' && said.includes('redis_version') && !done()) setImmediate(cut);
      },
    ],
    [
      'lost before Redis says that it is ready',
      (_, done) => (said, by, cut) => {
        if (by === 'us' && said.includes('\r\ninfo\r\n') && !done()) cut();
      },
    ],
    [
      'lost as it subscribes',
      (_, done) => (said, by, cut) => {
        if (by === 'us' && said.includes(CHANNEL) && !done()) cut();
      },
    ],
  ])('may be %s, time after time', async (_way, cutting) => {
    const listener = aListener({ REDIS_URL: there() });
    await eventually(() => expect(listener.told.times).toBe(1));
    let cuts = 0;
    overheard = cutting(listener, () => ++cuts > 6);
    listener.redis.disconnect(true);
    await eventually(() => expect(cuts).toBeGreaterThan(6), { timeoutMs: 20_000 });
    await eventually(() => expect(listener.redis.status).toBe('ready'));
    const timesBefore = listener.heard.length;
    await eventually(async () => {
      await server.command('PUBLISH', CHANNEL, 'still there');
      expect(listener.heard.length).toBeGreaterThan(timesBefore);
    });
    expect(unhandled).toEqual([]);
  });

  it.each<[string, (said: string) => boolean]>([
    ['Redis says that it is ready', (said) => said.includes('\r\ninfo\r\n')],
    ['it subscribes', (said) => said.includes(CHANNEL)],
  ])('may be closed for good while %s', async (_when, isThen) => {
    const { redis, told } = aListener({ REDIS_URL: there() });
    await eventually(() => expect(told.times).toBe(1));
    const ended = once(redis, 'end');
    overheard = (said, by) => {
      if (by === 'us' && isThen(said)) redis.disconnect();
    };
    redis.disconnect(true);
    await ended;
    await sleep(50);
    expect(unhandled).toEqual([]);
    expect(redis.status).toBe('end');
    await eventually(async () => expect(await listening()).toBe(0));
  });
});

it('goes to another node of a cluster when the one it was at is lost, and waits when all are', async () => {
  const cluster = await startRedisCluster();
  const { heard, told } = aListener({ REDIS_CLUSTER_NODES: cluster.addresses.join(',') });
  await eventually(() => expect(told.times).toBe(1));
  const nodes = cluster.addresses.map((address) => ({ address, client: new Redis(`redis://${address}`) }));
  for (const { client } of nodes) client.on('error', () => undefined);
  const listenedAt = async () => {
    for (const { address, client } of nodes) {
      if (client.status === 'ready' && Number((await client.pubsub('NUMSUB', CHANNEL))[1]) > 0) return address;
    }
    throw new Error('nobody listens');
  };
  const first = await eventually(listenedAt);
  await cluster.killNode(Number(first.split(':')[1]));
  const second = await eventually(async () => {
    const address = await listenedAt();
    expect(address).not.toBe(first);
    return address;
  });
  await nodes.find(({ address }) => address === second)?.client.publish(CHANNEL, 'elsewhere');
  await eventually(() => expect(heard).toEqual(['elsewhere']));
  await cluster.kill();
  await sleep(1_500);
  for (const { client } of nodes) client.disconnect();
  expect(unhandled).toEqual([]);
});
