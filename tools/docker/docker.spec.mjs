// Everything in docker/, without an engine: files held against schemas, against rules of our own and against what the services say; the
// rules broken once each; the tree of an image started as its user; NGINX's file and Redis's accounts on the real servers.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { eventually, freePort, startChild, testFolder } from '@gatehouse/testing';
import { buildCommands, IMAGES, sizeOnBase } from '../../docker/build.mjs';
import { neededPackages, writeProductionTree } from '../../docker/production-tree.mjs';
import { makeSecrets } from '../../docker/secrets.mjs';
import { faultsOf } from './policies.mjs';
import { readWhole } from './read-compose.mjs';
import { SPOILT } from './spoilt.mjs';

const top = join(__dirname, '../..');
const at = (...path) => join(top, ...path);
const read = (...path) => readFileSync(at(...path), 'utf8');
const docker = at('docker');
const { version } = JSON.parse(read('package.json'));
const whole = () => readWhole(docker, 'compose.yaml');
const demo = () => readWhole(docker, 'compose.yaml', 'compose.demo.yaml');

let secrets;
let known;
let asked;
beforeAll(() => {
  secrets = testFolder('secrets');
  makeSecrets(secrets);
  const { stdout, stderr } = spawnSync(process.execPath, [join(__dirname, 'ask-services.mjs')], { encoding: 'utf8' });
  if (!stdout) throw new Error(stderr);
  asked = JSON.parse(stdout);
  const made = [...readdirSync(secrets), 'entra-client-secret'];
  known = { folder: docker, version, made, settings: asked.settings, textOf: (file) => read('docker', file) };
});

describe('compose.yaml', () => {
  it('is as the specification says, without what a linter calls a danger', () => {
    const files = ['compose.yaml', 'compose.demo.yaml', 'compose.test.yaml'].map((name) => join(docker, name));
    const args = [at('node_modules/dclint/bin/dclint.cjs'), '--config', join(__dirname, 'dclint.json'), ...files];
    expect(spawnSync(process.execPath, args, { encoding: 'utf8' })).toMatchObject({ status: 0 });
  });

  it('runs two of each service, pinned, bounded, read-only and shut, with every secret in a file (R147, M11, M17)', () => {
    expect(faultsOf(whole(), known)).toEqual([]);
    const copies = Object.keys(whole().services).filter((name) => /-[12]$/.test(name));
    expect(copies).toEqual(['auth-1', 'auth-2', 'orders-1', 'orders-2', 'gateway-1', 'gateway-2']);
    expect(read('docker/compose.yaml')).not.toMatch(/^version:/m);
  });

  it('is no weaker with the development identity provider over it', () => {
    // Of the provider that it takes the place of.
    expect(faultsOf(demo(), { ...known, spare: ['entra-client-secret'] })).toEqual([]);
    expect(demo().services['gateway-1'].secrets).not.toContain('entra-client-secret');
  });

  it('gives each service settings that it takes, and all that it needs (M15)', () => {
    expect(asked.refusals).toEqual([]);
  });

  it.each(Object.entries(SPOILT))('is refused when %s', (_what, { change, fault }) => {
    const model = demo();
    change(model.services, model);
    expect(faultsOf(model, known).join('\n')).toMatch(fault);
  });

  it('passes the doctor, which refuses a Redis that evicts, forgets or is open (M1, M8, M14)', () => {
    const doctor = (...files) =>
      spawnSync(
        process.execPath,
        [at('apps/cli/bin/gatehouse.mjs'), 'doctor', '--json', ...files.flatMap((file) => ['--manifest', file])],
        { encoding: 'utf8' },
      );
    const { status, stdout } = doctor(join(docker, 'redis/redis.conf'));
    expect([status, JSON.parse(stdout).findings?.filter(({ severity }) => severity === 'danger')]).toEqual([0, []]);
  });
});

describe('secrets', () => {
  it('are made once, differ, and lie in a folder of their owner', () => {
    const before = readdirSync(secrets).map((name) => readFileSync(join(secrets, name), 'utf8'));
    expect(makeSecrets(secrets)).toEqual([]);
    expect(readdirSync(secrets).map((name) => readFileSync(join(secrets, name), 'utf8'))).toEqual(before);
    const passwords = readdirSync(secrets).filter((name) => name.endsWith('password'));
    const texts = passwords.map((name) => readFileSync(join(secrets, name), 'utf8'));
    expect(new Set(texts).size).toBe(passwords.length);
    for (const text of texts) expect(text.length).toBeGreaterThanOrEqual(48);
    // Redis is told hashes.
    for (const text of texts) expect(readFileSync(join(secrets, 'redis-users.acl'), 'utf8')).not.toContain(text);
  });
});

describe('the Dockerfile', () => {
  it('has no fault, an exact base, a user by number, a check and a way to stop', () => {
    const text = read('docker/Dockerfile');
    expect(validate(text)).toEqual([]);
    const [base, ...others] = [...text.matchAll(/^FROM (\S+) AS (\S+)$/gm)].map(([, from, name]) => ({ from, name }));
    // Written out: of a base in an ARG nobody would be told that there is a newer one.
    expect(base).toEqual({
      name: 'base',
      from: expect.stringMatching(/^node:\d+\.\d+\.\d+-[\w.-]+(@sha256:[0-9a-f]{64})?$/),
    });
    expect(others.map(({ from }) => from).filter((from) => !['base', 'packages', 'runtime'].includes(from))).toEqual(
      [],
    );
    expect(others).toHaveLength(text.match(/^FROM /gm).length - 1);
    for (const line of ['USER 1000:1000', 'STOPSIGNAL SIGTERM', 'HEALTHCHECK --interval']) expect(text).toContain(line);
  });

  it('is given every manifest that the lock names, or nothing could be installed', () => {
    const [, copied] = /cp --parents ([\s\S]*?) \/manifests/.exec(read('docker/Dockerfile'));
    const given = copied.split(/[\s\\]+/);
    const letIn = read('docker/Dockerfile.dockerignore').split('\n');
    for (const place of JSON.parse(read('package.json')).workspaces) {
      expect(given).toContain(`${place}/package.json`);
      expect(letIn.some((line) => line === `!${place}/package.json` || line === `!${place.replace('/*', '')}`)).toBe(
        true,
      );
    }
  });

  it('is built by commands that name a version and never latest', () => {
    const what = { tag: version, revision: 'abc', created: '2026-01-01T00:00:00Z' };
    const built = buildCommands(what);
    const run = new Set(
      Object.values(demo().services).flatMap(({ image }) => (image.startsWith('gatehouse/') ? [image] : [])),
    );
    expect(built.map(({ image }) => image).sort()).toEqual([...run].sort());
    for (const { args } of built)
      expect(read('docker/Dockerfile')).toContain(` AS ${args[args.indexOf('--target') + 1]}\n`);
    expect(() => buildCommands({ ...what, tag: 'latest' })).toThrow('latest');
    expect(() => buildCommands({ ...what, only: ['console'] })).toThrow('console');
  });

  it('puts into each image what the app runs on, and nothing that builds or tests it', () => {
    const { packages } = JSON.parse(read('package-lock.json'));
    for (const app of ['auth', 'orders', 'gateway', 'dev-idp', 'cli']) {
      const needed = neededPackages(packages, `apps/${app}`, (path) => existsSync(at(path, 'package.json')));
      const names = [...needed].map((path) => path.replace(/^.*node_modules\//, ''));
      const builds =
        /^(typescript|jest|eslint|nx|prettier|playwright-core)$|^@(types|babel|swc|jest|nx)\/|babel|^libs\/testing$/;
      expect([app, names.filter((name) => builds.test(name))]).toEqual([app, []]);
      const { dependencies = {} } = packages[`apps/${app}`];
      const own = Object.keys(dependencies).map((name) => packages[`node_modules/${name}`]?.resolved ?? name);
      for (const name of own.filter((path) => path.startsWith('libs/'))) expect(names).toContain(name);
    }
    expect(() => neededPackages(packages, 'apps/auth', (path) => !path.endsWith('/typeorm'))).toThrow('typeorm');
  });

  it('makes images as large as docs/deployment/docker.md says, by a tenth more or less (node docker/build.mjs --sizes)', () => {
    const rows = [...read('docs/deployment/docker.md').matchAll(/^\| `([\w-]+)` +\| (\d+) MB +\|$/gm)];
    expect(rows.map(([, image]) => image)).toEqual(IMAGES);
    for (const [, image, told] of rows) {
      const size = sizeOnBase(image);
      expect([image, Math.abs(size - told) <= 1 + size / 10 || size]).toEqual([image, true]);
    }
  });

  it('starts as a user who owns nothing and can write nothing but what is mounted', async () => {
    const folder = testFolder('image');
    writeProductionTree(top, 'apps/auth', folder);
    const left = ['-name', '*.ts', '-o', '-name', '.env*', '-o', '-name', '*.spec.*'];
    expect(execFileSync('find', [folder, ...left], { encoding: 'utf8' })).toBe('');
    execFileSync('chmod', ['-R', 'a-w,a+rX', folder]);
    const data = testFolder('data');
    const user =
      process.getuid() === 0
        ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']
        : ['env'];
    if (process.getuid() === 0) chownSync(data, 65534, 65534);
    const port = await freePort();
    const [, command] = /AS auth\n[\s\S]*?\nCMD (\[.*\])/.exec(read('docker/Dockerfile'));
    const [, ...args] = JSON.parse(command);
    const env = {
      NODE_ENV: 'production',
      ALLOW_EMBEDDED: 'true',
      DATA_DIR: data,
      PORT: String(port),
      PUBLIC_URL: 'https://api.example.com',
      KEY_ENCRYPTION_KEY: readFileSync(join(secrets, 'key-encryption-key'), 'utf8'),
      ROOT_SIGNING_KEY: readFileSync(join(secrets, 'root-signing-key'), 'utf8'),
    };
    const [first, ...more] = [...user, process.execPath, ...args];
    const child = startChild(first, more, { env, cwd: folder });
    try {
      await eventually(
        async () => {
          if (child.isRunning()) expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
        },
        { timeoutMs: 30_000 },
      );
      expect([child.isRunning(), child.output()]).toEqual([true, expect.stringContaining('listening')]);
      const [, check] = /HEALTHCHECK[^[]*(\[.*\])/.exec(read('docker/Dockerfile').replaceAll('\\\n', ' '));
      const [, ...probe] = JSON.parse(check);
      expect(spawnSync(process.execPath, probe, { env: { PORT: String(port) } }).status).toBe(0);
      expect(spawnSync(process.execPath, probe, { env: { PORT: String(await freePort()) } }).status).toBe(1);
    } finally {
      await child.stop();
    }
    chmodSync(folder, 0o755);
  }, 60_000);
});
