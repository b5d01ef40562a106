import { Redis } from 'ioredis';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, type Child } from './child.js';
import { eventually } from './eventually.js';
import { requireProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { testFolder } from './test-folder.js';

const host = '127.0.0.1';
const SENTINELS = 3;

/** A private primary with one replica on 127.0.0.1, watched by three Sentinels, that a test may harm. */
export interface RedisSentinel {
  readonly masterName: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  /** Port of the server that most of the Sentinels call the primary now. */
  primaryPort(): Promise<number>;
  /** From now on the replica gets nothing of what is written: a failover loses it. */
  holdReplication(): Promise<void>;
  /** SIGSTOP for the Sentinel or server on this port: it keeps its sockets and answers nothing. */
  pause(port: number): void;
  resume(port: number): void;
  /** SIGKILL for the Sentinel or server on this port. */
  killOne(port: number): Promise<void>;
  /** Waits until the Sentinels have made another server the primary, and returns its port. */
  failedOver(from: number): Promise<number>;
  /** SIGKILL for all of them. */
  kill(): Promise<void>;
}

export interface RedisSentinelOptions {
  /** After how long a Sentinel takes a silent server for lost, in ms. @default 500 */
  readonly downAfterMs?: number;
}

export async function startRedisSentinel({ downAfterMs = 500 }: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const masterName = 'gatehouse';
  const children = new Map<number, Child>();
  const servers = [await freePort(), await freePort()] as const;
  const [primary, replica] = servers;
  children.set(primary, startServer(primary));
  children.set(replica, startServer(replica, '--replicaof', host, String(primary)));
  await replicating(primary);

  const sentinels: { host: string; port: number }[] = [];
  for (let i = 0; i < SENTINELS; i++) {
    const port = await freePort();
    children.set(port, startSentinel(port, masterName, primary, downAfterMs));
    sentinels.push({ host, port });
  }
  for (const { port } of sentinels) await knowsTheOthers(port, masterName);

  const childOn = (port: number) => {
    const child = children.get(port);
    if (!child) throw new Error(`Nothing of this set listens on ${port}.`);
    return child;
  };
  const primaryPort = async () => {
    const answers = await Promise.all(
      sentinels.map(({ port }) =>
        ask(port, (sentinel) => sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName)).catch(() => []),
      ),
    );
    const ports = (answers as string[][]).map(([, port]) => Number(port));
    const elected = servers.find((port) => ports.filter((other) => other === port).length > SENTINELS / 2);
    if (elected === undefined) throw new Error('the Sentinels do not agree on a primary');
    return elected;
  };
  return {
    masterName,
    sentinels,
    primaryPort,
    holdReplication: async () => {
      await ask(await primaryPort(), async (server) => {
        // Refused here, the replica cannot come back after it was cut off.
        await server.call('ACL', 'SETUSER', 'default', '-psync', '-sync');
        await server.call('CLIENT', 'KILL', 'TYPE', 'replica');
      });
    },
    pause: (port) => childOn(port).pause(),
    resume: (port) => childOn(port).resume(),
    killOne: (port) => childOn(port).kill(),
    failedOver: (from) =>
      eventually(
        async () => {
          const port = await primaryPort();
          if (port === from) throw new Error('no failover yet');
          const role = (await ask(port, (server) => server.call('ROLE'))) as unknown[];
          if (role[0] !== 'master') throw new Error('elected, not promoted yet');
          return port;
        },
        { timeoutMs: 20_000, everyMs: 50 },
      ),
    kill: async () => void (await Promise.all([...children.values()].map((child) => child.kill()))),
  };
}

function startServer(port: number, ...more: string[]): Child {
  return startChild(requireProgram('Redis', 'redis-server'), [
    ...['--bind', host, '--port', String(port), '--dir', testFolder('redis-sentinel'), '--save', ''],
    // By default a replica is handed its first copy only after 5 s.
    ...['--repl-diskless-sync-delay', '0', ...more],
  ]);
}

/** Sentinels rewrite their settings as they learn, so each has a file of its own. */
function startSentinel(port: number, masterName: string, primary: number, downAfterMs: number): Child {
  const folder = testFolder('sentinel');
  const file = join(folder, 'sentinel.conf');
  const settings = [
    `bind ${host}`,
    `port ${port}`,
    `dir ${folder}`,
    `sentinel monitor ${masterName} ${host} ${primary} ${Math.floor(SENTINELS / 2) + 1}`,
    `sentinel down-after-milliseconds ${masterName} ${downAfterMs}`,
    `sentinel failover-timeout ${masterName} 3000`,
  ];
  writeFileSync(file, settings.join('\n'));
  return startChild(requireProgram('Redis', 'redis-server'), [file, '--sentinel']);
}

async function replicating(primary: number): Promise<void> {
  await eventually(
    async () => {
      const info = String(await ask(primary, (server) => server.info('replication')));
      if (!/slave0:.*state=online/.test(info)) throw new Error('the replica is not in step yet');
    },
    { timeoutMs: 15_000, everyMs: 50 },
  );
}

async function knowsTheOthers(port: number, masterName: string): Promise<void> {
  await eventually(
    async () => {
      const facts = (await ask(port, (sentinel) => sentinel.call('SENTINEL', 'MASTER', masterName))) as string[];
      const fact = (name: string) => facts[facts.indexOf(name) + 1];
      const knows = fact('num-other-sentinels') === String(SENTINELS - 1) && fact('num-slaves') === '1';
      if (!knows) throw new Error('the Sentinels have not met yet');
    },
    { timeoutMs: 20_000, everyMs: 50 },
  );
}

async function ask<T>(port: number, question: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis({
    ...{ host, port, lazyConnect: true, retryStrategy: () => null },
    ...{ connectTimeout: 1_000, commandTimeout: 1_000 },
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await question(client);
  } finally {
    client.disconnect();
  }
}
