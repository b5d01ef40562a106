import { execFileSync } from 'node:child_process';
import { startChild, type Child } from './child.js';
import { eventually } from './eventually.js';
import { requireProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { testFolder } from './test-folder.js';

/** A private Redis Cluster of three primaries on 127.0.0.1 that a test may harm. */
export interface RedisCluster {
  /** `host:port` of each node. */
  readonly addresses: readonly string[];
  /** Port of the primary that serves this key now, as the other nodes see it. */
  ownerOf(key: string): Promise<number>;
  /** SIGSTOP for the node on this port: it keeps its sockets and answers nothing. */
  pauseNode(port: number): void;
  resumeNode(port: number): void;
  /** SIGKILL for the node on this port. */
  killNode(port: number): Promise<void>;
  /** SIGKILL for all of them. */
  kill(): Promise<void>;
}

export interface RedisClusterOptions {
  /** @default 0 */
  readonly replicasPerPrimary?: number;
  /** After how long nodes take another one for lost, in ms. @default 1000 */
  readonly nodeTimeoutMs?: number;
}

export async function startRedisCluster({
  replicasPerPrimary = 0,
  nodeTimeoutMs = 1_000,
}: RedisClusterOptions = {}): Promise<RedisCluster> {
  const nodes = new Map<number, Child>();
  for (let i = 0; i < 3 * (1 + replicasPerPrimary); i++) {
    const port = await freePort();
    nodes.set(port, startNode(port, await freePort(), nodeTimeoutMs));
  }
  const addresses = [...nodes.keys()].map((port) => `127.0.0.1:${port}`);
  const replicas = ['--cluster-replicas', String(replicasPerPrimary), '--cluster-yes'];
  await eventually(() => cli('--cluster', 'create', ...addresses, ...replicas), { timeoutMs: 30_000, everyMs: 200 });
  // `create` returns before every node has heard of it, and a replica without a first copy can take over nothing.
  for (const port of nodes.keys()) {
    await eventually(
      () => {
        if (!cli('-p', String(port), 'cluster', 'info').includes('cluster_state:ok')) throw new Error('not formed yet');
        const info = cli('-p', String(port), 'info', 'replication');
        if (/^master_link_status:(?!up)/m.test(info)) throw new Error('a replica is not in step yet');
      },
      { timeoutMs: 15_000, everyMs: 50 },
    );
  }
  const paused = new Set<Child>();
  const nodeOn = (port: number) => {
    const node = nodes.get(port);
    if (!node) throw new Error(`No node of this cluster listens on ${port}.`);
    return node;
  };
  return {
    addresses,
    ownerOf: (key) =>
      eventually(() => {
        const asked = [...nodes].find(([, node]) => node.isRunning() && !paused.has(node));
        if (!asked) throw new Error('No node of this cluster is left to ask.');
        return ownerSeenFrom(asked[0], key);
      }),
    pauseNode: (port) => {
      paused.add(nodeOn(port));
      nodeOn(port).pause();
    },
    resumeNode: (port) => {
      paused.delete(nodeOn(port));
      nodeOn(port).resume();
    },
    killNode: (port) => nodeOn(port).kill(),
    kill: async () => void (await Promise.all([...nodes.values()].map((node) => node.kill()))),
  };
}

/** Lines of CLUSTER NODES: `id host:port@bus flags primary ping pong epoch link slots…`. */
function ownerSeenFrom(port: number, key: string): number {
  const slot = Number(cli('-p', String(port), 'cluster', 'keyslot', key));
  for (const line of cli('-p', String(port), 'cluster', 'nodes').split('\n')) {
    const [, address = '', flags = '', , , , , , ...ranges] = line.split(' ');
    const serves = ranges.some((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return first !== undefined && last !== undefined && first <= slot && slot <= last;
    });
    if (serves && flags.includes('master') && !flags.includes('fail')) return Number(/:(\d+)@/.exec(address)?.[1]);
  }
  throw new Error('nobody serves that key');
}

function startNode(port: number, busPort: number, nodeTimeoutMs: number): Child {
  return startChild(requireProgram('Redis', 'redis-server'), [
    ...['--bind', '127.0.0.1', '--port', String(port), '--dir', testFolder('redis-cluster'), '--save', ''],
    ...['--cluster-enabled', 'yes', '--cluster-port', String(busPort)],
    // By default a replica is handed its first copy only after 5 s.
    ...['--cluster-node-timeout', String(nodeTimeoutMs), '--repl-diskless-sync-delay', '0'],
  ]);
}

function cli(...args: string[]): string {
  return execFileSync(requireProgram('Redis', 'redis-cli'), args, { encoding: 'utf8', stdio: 'pipe' });
}
