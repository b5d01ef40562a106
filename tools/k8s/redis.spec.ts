// Redis as k8s/redis starts it: the very scripts, files and arguments, on real servers. Only addresses differ: 127.x.y.z instead of names.
import { type Child, eventually, type RedisServer, startChild, startRedis, testFolder } from '@gatehouse/testing';
import { spawnSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { accountsIn, FOR_NOBODY, RIGHTS, wordsOf } from '../docker/redis-rights.js';

const top = join(__dirname, '../..');
const config = join(top, 'k8s/redis');
const network = `127.${randomInt(1, 255)}.${randomInt(1, 255)}`;
const servers = [1, 2, 3].map((n) => `${network}.${n}`);
const sentinels = [11, 12, 13].map((n) => `${network}.${n}`);
const secrets = testFolder('redis-secrets');
const folders = new Map<string, string>();
const children = new Map<string, Child>();

interface Container {
  readonly args: string[];
  readonly readinessProbe: { readonly exec: { readonly command: string[] } };
}
const containerIn = (file: string) => {
  const [set] = parseAllDocuments(readFileSync(join(config, file), 'utf8')).map((one) => one.toJS() as unknown);
  return (set as { spec: { template: { spec: { containers: [Container] } } } }).spec.template.spec.containers[0];
};
const redis = containerIn('redis.yaml');

const environment = (address: string) => ({
  POD_NAME: `pod-${(Number(address.split('.')[3]) % 10) - 1}`,
  POD_IP: address,
  REDIS_SERVERS: servers.join(' '),
  REDIS_SENTINELS: sentinels.join(' '),
  QUORUM: '2',
  CONFIG: config,
  SECRETS: secrets,
  RUN: kept(`run ${address}`),
  DATA: kept(address),
});

/** A folder that is there again when the pod is. */
function kept(name: string): string {
  if (!folders.has(name)) folders.set(name, testFolder('redis-pod'));
  return folders.get(name)!;
}

function start(address: string): Child {
  const [script, ...args] = servers.includes(address) ? ['start-redis.sh', ...redis.args] : ['start-sentinel.sh'];
  const child = startChild('sh', [join(config, script!), ...args], { env: environment(address) });
  children.set(address, child);
  return child;
}

const stop = async (address: string) => void (await children.get(address)?.stop());

function ask(address: string, ...words: string[]): string {
  const port = servers.includes(address) ? '6379' : '26379';
  return spawnSync('redis-cli', ['-h', address, '-p', port, ...words], {
    encoding: 'utf8',
    timeout: 3_000,
  }).stdout.trim();
}
const primaryBy = (sentinel: string) =>
  ask(sentinel, 'sentinel', 'get-master-addr-by-name', 'gatehouse').split('\n')[0];

/** The readiness probe of the manifest. */
function isReady(address: string): boolean {
  const [program, ...args] = redis.readinessProbe.exec.command;
  return spawnSync(program!, args, { env: { ...process.env, POD_IP: address }, timeout: 3_000 }).status === 0;
}
const allReady = () => eventually(() => expect(servers.filter(isReady)).toEqual(servers), { timeoutMs: 20_000 });

function gatehouse(env: Record<string, string>, ...args: string[]) {
  const { PATH } = process.env;
  const main = join(top, 'apps/cli/bin/gatehouse.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [main, ...args, '--json'], {
    env: { PATH, ...env },
    encoding: 'utf8',
  });
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout) as { verdict: string; passed: string[]; findings: { code: string; severity: string }[] };
}

const account = (role: string) => ({
  REDIS_SENTINELS: sentinels.map((address) => `${address}:26379`).join(),
  REDIS_SENTINEL_MASTER: 'gatehouse',
  REDIS_USERNAME: `gatehouse-${role}`,
  REDIS_PASSWORD_FILE: join(secrets, `redis-${role}-password`),
});

beforeAll(async () => {
  for (const role of ['auth', 'orders', 'gateway', 'operator', 'exporter', 'replica', 'sentinel']) {
    writeFileSync(join(secrets, `redis-${role}-password`), `${role}-passw0rd-${randomInt(1e9)}\n`);
  }
  servers.forEach(start);
  sentinels.forEach(start);
  await allReady();
  const known = (sentinel: string) => ask(sentinel, 'sentinel', 'ckquorum', 'gatehouse');
  for (const one of sentinels)
    await eventually(() => expect(known(one)).toMatch(/^OK 3 usable/), { timeoutMs: 20_000 });
}, 60_000);
afterAll(() => Promise.all([...children.values()].map((child) => child.kill())));

it('is what the doctor accepts, asked by the auth service, by a service and by people who look after it (M1, M2, M14)', () => {
  for (const role of ['auth', 'orders', 'operator']) {
    const { passed, findings } = gatehouse(account(role), 'doctor');
    const ofRedis = findings.filter(({ code, severity }) => code.startsWith('REDIS_') && severity !== 'note');
    expect({ role, ofRedis }).toEqual({ role, ofRedis: [] });
    expect(passed).toEqual(
      expect.arrayContaining(['Redis memory and eviction', 'Redis persistence', 'Redis replicas']),
    );
  }
}, 30_000);

it('lets people who look after it end a session', () => {
  const { isDelivered, durableIn } = gatehouse(account('operator'), 'revoke', '--sid', 'a'.repeat(64)) as object as {
    isDelivered: boolean;
    durableIn: string;
  };
  expect([isDelivered, durableIn]).toEqual([true, 'log']);
});

it('obeys nobody who asks who the primary is', () => {
  expect(primaryBy(sentinels[0]!)).toBe(servers[0]);
  expect(ask(sentinels[0]!, 'sentinel', 'set', 'gatehouse', 'quorum', '1')).toContain('NOPERM');
  expect(ask(sentinels[0]!, 'sentinel', 'failover', 'gatehouse')).toContain('NOPERM');
  expect(ask(servers[0]!, 'get', 'rev:key-bundle')).toContain('NOAUTH');
});

it('has another primary when the first one is gone, and nobody who comes back takes that for undone (M2, X22)', async () => {
  const [first, second, third] = servers as [string, string, string];
  const others = [second, third];
  await children.get(first)!.kill();
  await eventually(() => expect(others).toContain(primaryBy(sentinels[1]!)), { timeoutMs: 30_000, everyMs: 100 });
  const next = primaryBy(sentinels[1]!)!;
  for (const one of sentinels) await eventually(() => expect(primaryBy(one)).toBe(next), { timeoutMs: 10_000 });

  // Its volume says that it was the primary. The Sentinels know better.
  expect(await said(start(first))).toBe(`redis: ${first} follows ${next} 6379`);
  await allReady();

  // A Sentinel has learnt it, and knows it still when it is another pod.
  await stop(sentinels[0]!);
  start(sentinels[0]!);
  await eventually(() => expect(primaryBy(sentinels[0]!)).toBe(next), { timeoutMs: 10_000 });

  // With every Sentinel away each goes on as what it was.
  await Promise.all(sentinels.map(stop));
  for (const address of [next, first]) {
    await stop(address);
    expect(await said(start(address))).toBe(
      `redis: ${address} follows ${address === next ? 'no one' : `${next} 6379`}`,
    );
  }
  await allReady();
}, 90_000);

async function said(child: Child): Promise<string | undefined> {
  const line = () => /^redis: .* follows .*$/m.exec(child.output())?.[0];
  await eventually(() => expect(line()).toBeDefined(), { timeoutMs: 15_000 });
  return line();
}

describe('an account of users.acl (M8, R33, R170)', () => {
  const text = readFileSync(join(config, 'users.acl'), 'utf8');
  const hash = createHash('sha256').update('of-nobody').digest('hex');
  const accounts = accountsIn(text, hash).filter(({ name }) => name !== 'default');
  let server: RedisServer;

  beforeAll(async () => {
    server = await startRedis({ args: accounts.flatMap(({ name, rules }) => ['--user', name, ...rules]) });
  });
  afterAll(() => server.kill());

  /** What Redis would say to it. */
  const tried = (name: string, command: string) => server.command('ACL', 'DRYRUN', name, ...wordsOf(command));
  const rightsOf = async (name: string) => {
    const told = (await server.command('ACL', 'GETUSER', name)) as unknown[];
    const { commands, keys, channels, selectors } = Object.fromEntries(
      told.flatMap((word, i) => (i % 2 ? [] : [[word, told[i + 1]]])),
    ) as Record<string, unknown>;
    return { commands, keys, channels, selectors };
  };

  it('is known here by what it is for', () => {
    expect(text).toMatch(/^user default off$/m);
    expect(accounts.map(({ name }) => name).sort()).toEqual(Object.keys(RIGHTS).sort());
  });

  it.each(Object.entries(RIGHTS))('%s may do what it is for, and nothing beyond it', async (name, { may, mayNot }) => {
    for (const command of may) expect([command, await tried(name, command)]).toEqual([command, 'OK']);
    for (const command of [...mayNot, ...FOR_NOBODY])
      expect([command, await tried(name, command)]).toEqual([command, expect.stringMatching(/no permissions/)]);
  });

  it.each([
    ['gatehouse-auth', 'docs/auth/stores.md'],
    ['gatehouse-orders', 'libs/session-validator/README.md'],
  ])('%s has the rights that %s tells people to give, to the letter', async (name, page) => {
    const lines = readFileSync(join(top, page), 'utf8').replaceAll(/ \\\n\s*/g, ' ');
    const [, rules = ''] = /^ACL SETUSER (?:gatehouse-auth|orders) (reset on .+)$/m.exec(lines) ?? [];
    await server.command('ACL', 'SETUSER', 'told', ...rules.replace(/>\S+/, '>password').split(' '));
    expect(await rightsOf('told')).toEqual(await rightsOf(name));
  });
});
