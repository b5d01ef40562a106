import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type Child, eventually, findProgram, freePort, testFolder } from '@gatehouse/testing';
import type { AppProcess } from './harness/app-process.js';
import { startDaemon } from './harness/daemon.js';
import { GatewaySite } from './harness/gateway-site.js';
import { ask } from './harness/http.js';

const TOP = join(__dirname, '../../..');
const MONITORING = join(TOP, 'tools/monitoring');

let site: GatewaySite;
let prometheus: string;
const daemons: Child[] = [];
/** Takes every security event. */
const receiver = createServer((request, response) => request.resume().once('end', () => response.writeHead(202).end()));

beforeAll(async () => {
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const { port: receiverPort } = receiver.address() as AddressInfo;
  const SECURITY_EVENT_RECEIVERS = JSON.stringify({
    soc: { url: `http://127.0.0.1:${receiverPort}/events`, audience: 'https://soc.example.test' },
  });
  site = await GatewaySite.start({ authEnv: { SECURITY_EVENT_RECEIVERS } });
  const { redis, accounts, mysql, auths, orders } = site.system;
  // Without a limit there is nothing to be full, and no share to show.
  await redis.command('CONFIG', 'SET', 'maxmemory', '512mb');
  const [redisExporter, mysqlExporter, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const host = (app: AppProcess) => new URL(app.url).host;
  const targets = {
    'auth-service': auths.map(host),
    microservices: orders.map(host),
    'peg-gateway': site.gateways.map(host),
    redis: [`127.0.0.1:${redisExporter}`],
    mysql: [`127.0.0.1:${mysqlExporter}`],
    prometheus: [`127.0.0.1:${port}`],
  };
  const folder = testFolder('prometheus');
  const config = join(folder, 'prometheus.yml');
  writeFileSync(config, localConfig({ targets }));
  const passwordOfExporter = giveAccounts(mysql.port);
  daemons.push(
    ...(await Promise.all([
      startDaemon(
        'prometheus-redis-exporter',
        [`--redis.addr=redis://${redis.host}:${redis.port}`, `--web.listen-address=127.0.0.1:${redisExporter}`],
        redisExporter,
        { REDIS_USER: 'exporter', REDIS_PASSWORD: accounts.password('exporter') },
      ),
      startDaemon('prometheus-mysqld-exporter', [`--web.listen-address=127.0.0.1:${mysqlExporter}`], mysqlExporter, {
        DATA_SOURCE_NAME: `exporter:${passwordOfExporter}@(127.0.0.1:${mysql.port})/`,
      }),
      startDaemon(
        'prometheus',
        [
          `--config.file=${config}`,
          `--storage.tsdb.path=${join(folder, 'data')}`,
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        port,
      ),
    ])),
  );
  prometheus = `http://127.0.0.1:${port}`;
}, 120_000);
afterAll(async () => {
  await Promise.all(daemons.map((one) => one.stop()));
  await site?.stop();
  receiver.closeAllConnections();
  receiver.close();
});

/** Runs docker/mysql/accounts.sh, as the image of MySQL does. @returns the password of the exporter */
function giveAccounts(port: number): string {
  const secrets = testFolder('mysql-secrets');
  const password = randomBytes(18).toString('hex');
  for (const role of ['migrate', 'auth', 'orders', 'exporter', 'backup']) {
    writeFileSync(join(secrets, `mysql-${role}-password`), password);
  }
  const client = findProgram('mysql', 'mariadb');
  if (!client) throw new Error('no client of MySQL is there; `npm test` as root on Debian installs one');
  execFileSync('bash', [join(TOP, 'docker/mysql/accounts.sh')], {
    env: { ...process.env, SECRETS: secrets, MYSQL: `${client} -h 127.0.0.1 -P ${port} -u root` },
    stdio: 'pipe',
  });
  return password;
}

/** docker/prometheus/prometheus.yml with addresses of this machine, scraped each second. */
function localConfig(here: object): string {
  const script =
    `import { localPrometheusConfig } from ${JSON.stringify(join(MONITORING, 'local-config.mjs'))};` +
    'process.stdout.write(localPrometheusConfig(JSON.parse(process.argv[1])));';
  return execFileSync(process.execPath, ['--input-type=module', '-e', script, JSON.stringify(here)], {
    encoding: 'utf8',
  });
}

/** What people and programs do all day, and some of what goes wrong. */
async function somethingHappens(): Promise<void> {
  const { system } = site;
  const [orders] = system.orders;
  const person = await system.member();
  const device = await system.device(person);
  await system.signIn({ ...person, password: 'not the right one' });
  // One decision in sixteen is timed.
  for (let i = 0; i < 16; i++) await device.use(orders!);
  await orders!.ask('/api/orders', { token: `${device.accessToken}x` });
  device.keep(await device.refresh());
  await device.use(orders!);
  await device.signOut();
  await eventually(async () => expect((await device.use(orders!)).status).toBe(401));
  const { cookie } = await site.signIn();
  await ask(`${site.origin}/api/orders`, { headers: { cookie, accept: 'application/json' } });
  await ask(`${site.origin}/api/orders`, { headers: { accept: 'application/json' } });
}

/** Names a process tells, whether they have a sample yet or not. */
async function told(app: AppProcess): Promise<string[]> {
  const { text } = await app.ask('/metrics');
  return [...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
}

/** Names in the first column of a section of the page. */
function documented(...sections: string[]): string[] {
  const page = readFileSync(join(TOP, 'docs/operations/metrics.md'), 'utf8');
  return sections.flatMap((section) => {
    const [, text = ''] = page.split(`\n## ${section}\n`);
    const rows = text
      .split('\n## ')[0]!
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    return rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  });
}

const sorted = (names: readonly string[]) => [...new Set(names)].sort();

it('the page of metrics names what running services tell, and nothing else (R039-R041, R108-R116, R189-R200)', async () => {
  const [auth] = site.system.auths;
  const [orders] = site.system.orders;
  const always = ['Every service', 'A validator'];
  expect(sorted(await told(auth!))).toEqual(
    sorted(documented(...always, 'A connection to Redis', 'A database', 'The auth service')),
  );
  expect(sorted(await told(site.gateways[0]!))).toEqual(
    sorted(documented(...always, 'A connection to Redis', 'The gateway')),
  );
  const withoutPool = documented('A database').filter((name) => !name.includes('_pool_'));
  expect(sorted(await told(orders!))).toEqual(sorted([...documented(...always), ...withoutPool]));
});

it('every query of every dashboard, rule and alert is answered by a Prometheus that has scraped running services (R201-R206)', async () => {
  // Twice, since a rate takes two looks at a counter that has begun to count.
  await somethingHappens();
  const scrapes = async () => {
    const { json } = await ask(`${prometheus}/api/v1/query?query=min(count_over_time(up[1h]))`);
    return Number((json as { data: { result: { value: [number, string] }[] } }).data.result[0]?.value[1] ?? 0);
  };
  await eventually(async () => expect(await scrapes()).toBeGreaterThan(2), { timeoutMs: 20_000, everyMs: 250 });
  await somethingHappens();
  await eventually(
    () => {
      const { status, stdout } = spawnSync(process.execPath, [join(MONITORING, 'check.mjs'), prometheus], {
        encoding: 'utf8',
      });
      // Here somebody is told.
      const isRight = (line: string) => line.startsWith('quiet') && !line.endsWith('nobody is told of security events');
      const wrong = stdout.split('\n').filter((line) => !isRight(line));
      expect([status, wrong]).toEqual([
        0,
        [expect.stringMatching(/^\d{3} answered, \d+ quiet, 0 empty, 0 failed$/), ''],
      ]);
    },
    { timeoutMs: 30_000, everyMs: 1_000 },
  );
}, 90_000);

it('the exporters tell what the page says of them', async () => {
  const page = readFileSync(join(TOP, 'docs/operations/metrics.md'), 'utf8');
  const rowOf = (what: string) => [...new RegExp(`^\\| ${what} +\\|(.*)$`, 'm').exec(page)![1]!.matchAll(/`([^`]+)`/g)];
  // Of replicas, which there are none of here.
  const elsewhere = /^(redis_master_link_up|mysql_slave_status_.*)$/;
  const expected = ['Redis', 'MySQL']
    .flatMap(rowOf)
    .map(([, name = '']) => name)
    .filter((name) => !elsewhere.test(name));
  expect(expected.length).toBeGreaterThan(20);
  const { json } = await ask(`${prometheus}/api/v1/label/__name__/values`);
  expect((json as { data: string[] }).data).toEqual(expect.arrayContaining(expected));
});

it('one fault is one message: what follows from it is held back', async () => {
  const port = await freePort();
  const config = join(TOP, 'docker/alertmanager/alertmanager.yml');
  const at = `127.0.0.1:${port}`;
  const args = [`--config.file=${config}`, `--web.listen-address=${at}`, '--cluster.listen-address='];
  const program = findProgram('prometheus-alertmanager') ? 'prometheus-alertmanager' : 'alertmanager';
  daemons.push(await startDaemon(program, [...args, `--storage.path=${testFolder('alertmanager')}`], port));
  const fired = (alertname: string, severity: string, job: string) => ({ labels: { alertname, severity, job } });
  const alerts = [
    fired('RedisConnectionFailure', 'critical', 'redis'),
    fired('RevocationsNotArriving', 'critical', 'microservices'),
    fired('ServiceDown', 'critical', 'peg-gateway'),
    fired('TargetDown', 'warning', 'peg-gateway'),
    // Another job's: nothing explains it.
    fired('TargetDown', 'warning', 'nginx'),
  ];
  expect((await ask(`http://${at}/api/v2/alerts`, { method: 'POST', body: alerts })).status).toBe(200);
  await eventually(async () => {
    const { json } = await ask(`http://${at}/api/v2/alerts`);
    const states = (json as { labels: Record<string, string>; status: { state: string } }[]).map(
      ({ labels, status }) => `${labels['alertname']} of ${labels['job']}: ${status.state}`,
    );
    expect(states.sort()).toEqual([
      'RedisConnectionFailure of redis: active',
      'RevocationsNotArriving of microservices: suppressed',
      'ServiceDown of peg-gateway: active',
      'TargetDown of nginx: active',
      'TargetDown of peg-gateway: suppressed',
    ]);
  });
});

it('is told when a query asks for what nobody tells', () => {
  const script =
    `import { askPrometheus } from ${JSON.stringify(join(MONITORING, 'ask-prometheus.mjs'))};` +
    'const asked = ["up", "nothing_of_the_kind", "rate(up"].map((expr) => ({ where: "here", expr }));' +
    'const found = await askPrometheus(process.argv[1], asked);' +
    'process.stdout.write(JSON.stringify(Object.values(found).map((list) => list.length)));';
  const counts = execFileSync(process.execPath, ['--input-type=module', '-e', script, prometheus], {
    encoding: 'utf8',
  });
  expect(JSON.parse(counts)).toEqual([1, 1, 0, 1]);
});

it('no figure holds a token, an address of somebody or the id of a session', async () => {
  const { system, gateways } = site;
  for (const app of [...system.auths, ...system.orders, ...gateways]) {
    const { text } = await app.ask('/metrics');
    expect(text).not.toMatch(/@|eyJ|[0-9a-f]{64}/);
    expect(system.vault.findIn(text)).toEqual([]);
  }
});

it('no service has asked Redis for what the account of its role may not (M8)', async () => {
  const refusals = (await site.system.redis.command('ACL', 'LOG')) as unknown[][];
  const told = refusals.map((one) => ['username', 'object'].map((name) => one[one.indexOf(name) + 1]).join(': '));
  // An exporter asks for all there is; what slow commands were about is not for it.
  expect(told.filter((one) => !one.startsWith('exporter: '))).toEqual([]);
  expect(told).toContain('exporter: slowlog|get');
  const clients = String(await site.system.redis.command('CLIENT', 'LIST'));
  const users = new Set([...clients.matchAll(/ user=(\S+) /g)].map(([, user]) => user));
  for (const account of ['gatehouse-auth', 'gatehouse-orders', 'gatehouse-gateway']) expect(users).toContain(account);
});
