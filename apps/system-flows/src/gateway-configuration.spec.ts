import { type Child, eventually, freePort, startChild, testFolder } from '@gatehouse/testing';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { renameSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const GATEWAY = join(__dirname, '../../gateway/dist');
const SECRET = 'hunter2-hunter2-hunter2';
/** The gateway starts with it; no token is checked here. */
const ANCHOR = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64');

const folder = testFolder('gateway-configuration');
const file = join(folder, 'gateway.yaml');
const env = { GATEWAY_CONFIG: file, SECRET, NODE_ENV: 'test' };
const upstreams: Server[] = [];
let gateway: Child | undefined;
let port = 0;

/** Answers with its name. */
async function upstream(name: string): Promise<string> {
  const server = createServer((_request, response) => response.end(name)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  upstreams.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Written beside it and moved into its place, as careful programs do. */
function write(routes: string, services: Record<string, string>, more = ''): void {
  const listed = Object.entries(services).map(([name, target]) => `  ${name}: { targets: ["${target}"] }`);
  const text = `version: 1
server: { listen: "127.0.0.1:${port}", publicUrl: "http://localhost:${port}" }
auth: { url: "http://127.0.0.1:9", clientId: gateway, clientSecret: "\${SECRET}", issuer: a, audience: b, trustAnchor: "${ANCHOR}" }
providers:
  main: { type: oidc, issuer: "https://id.example", clientId: app, credential: { type: none } }
session: { store: memory }
upstreams:
${listed.join('\n')}
routes:
${routes}
${more}`;
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}
const route = (path: string, to: string) => `  - { match: { path: ${path} }, upstream: ${to}, auth: none }`;

const ask = async (path: string): Promise<string> => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return answer.status === 200 ? answer.text() : `${answer.status}`;
};
const cli = (...args: string[]) =>
  spawnSync(process.execPath, [join(GATEWAY, 'cli.js'), ...args], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });

beforeAll(async () => {
  port = await freePort();
});
afterAll(async () => {
  await gateway?.stop();
  for (const server of upstreams) {
    server.close();
    server.closeAllConnections();
  }
});

it('starts from its file, takes over a changed one while it runs, and loses no request by it', async () => {
  const [one, two] = [await upstream('one'), await upstream('two')];
  write([route('/keep/**', 'one'), route('/a/**', 'one')].join('\n'), { one });
  gateway = startChild(process.execPath, [join(GATEWAY, 'main.js')], { env });
  await eventually(async () => expect(await ask('/a/x')).toBe('one'), { timeoutMs: 20_000 });
  expect(await ask('/b/x')).toBe('404');

  // By itself, when the file changes.
  write([route('/keep/**', 'two'), route('/b/**', 'two')].join('\n'), { two });
  await eventually(async () => expect(await ask('/b/x')).toBe('two'), { timeoutMs: 10_000 });
  expect(await ask('/a/x')).toBe('404');

  // A file that cannot be used changes nothing, and the log says why.
  write(route('/c/**', 'three'), { two }, `auht: ${SECRET}`);
  await eventually(() => expect(gateway?.output()).toContain('the new configuration cannot be used'), {
    timeoutMs: 10_000,
  });
  expect(gateway.output()).toMatch(/gateway\.yaml:\d+:\d+ auht: is no setting; auth is one/);
  expect(gateway.output()).not.toContain('hunter2');
  expect([await ask('/b/x'), await ask('/c/x')]).toEqual(['two', '404']);

  // Back and forth under load: each request is answered by one of the two, never by neither.
  const answers: string[] = [];
  let isOver = false;
  const asking = Array.from({ length: 4 }, async () => {
    while (!isOver) answers.push(await ask('/keep/x'));
  });
  for (let round = 0; round < 8; round += 1) {
    const [name, target] = round % 2 === 0 ? ['one', one] : ['two', two];
    write(route('/keep/**', name), { [name]: target });
    process.kill(gateway.pid, 'SIGHUP');
    await eventually(async () => expect(await ask('/keep/x')).toBe(name), { timeoutMs: 10_000 });
  }
  isOver = true;
  await Promise.all(asking);
  expect([...new Set(answers)].sort()).toEqual(['one', 'two']);
}, 120_000);

it('does not start from a file with faults, and lists them without a value', () => {
  write(route('/a/**', 'none'), { one: `ftp://${SECRET}` });
  const { status, stderr } = spawnSync(process.execPath, [join(GATEWAY, 'main.js')], {
    env: { ...process.env, ...env },
    encoding: 'utf8',
  });
  expect([status, stderr.split('\n')[0]]).toEqual([1, 'The configuration cannot be used:']);
  expect(stderr).toMatch(/gateway\.yaml:8:\d+ upstreams\.one\.targets\[0\]: must be http:\/\/ or https:\/\//);
  expect(stderr).not.toContain('hunter2');
}, 30_000);

it('is checked and explained from the shell', () => {
  write(route('/a/**', 'one'), { one: 'http://127.0.0.1:1' });
  expect(cli('check')).toMatchObject({ status: 0, stdout: expect.stringContaining('gateway.yaml is sound') });
  expect(cli('explain', 'GET', '/b')).toMatchObject({
    status: 1,
    stdout: expect.stringContaining('No route takes the path'),
  });
  expect(cli('check', join(folder, 'none.yaml')).status).toBe(2);
}, 120_000);
