import { eventually } from '@gatehouse/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packCopy, TOP } from '../../libs/session-validator/packaging/pack-copy.js';
import { Example, NAMES } from './example.js';
import { SmallAuth } from './small-auth.js';

const MOST_CHANGED_LINES = 6;
const INSTALLS_AT_ONCE = 2;

let auth: SmallAuth;
const examples = new Map(NAMES.map((name) => [name, new Example(name)]));
const installed = new Map<string, Promise<void>>();

const of = (name: string): Example => {
  const example = examples.get(name);
  if (!example) throw new Error(`no example is called ${name}`);
  return example;
};

beforeAll(async () => {
  auth = await SmallAuth.launch();
  const { tarball } = packCopy();
  // While one example is tried the next ones are installed.
  const lanes = Array.from({ length: INSTALLS_AT_ONCE }, () => Promise.resolve());
  for (const [index, name] of NAMES.entries()) {
    const lane = index % INSTALLS_AT_ONCE;
    const install = (lanes[lane] ?? Promise.resolve()).then(() => of(name).install(tarball));
    // Whoever waits for it is told; the lane goes on.
    lanes[lane] = install.catch(() => undefined);
    installed.set(name, install);
  }
}, 120_000);

afterAll(async () => {
  await Promise.allSettled(installed.values());
  await auth.close();
});

it('there is an example for each framework, and for both module formats', () => {
  expect([...NAMES].sort()).toEqual([
    'express',
    'express-cjs',
    'fastify',
    'fastify-cjs',
    'nestjs-11',
    'nestjs-11-esm',
    'nestjs-12',
    'nestjs-12-cjs',
  ]);
});

it('no example is part of the workspace: an install of the repository does not bring what they need', () => {
  const lock = JSON.parse(readFileSync(join(TOP, 'package-lock.json'), 'utf8')) as { packages: object };
  expect(Object.keys(lock.packages)).toContain('libs/session-validator');
  expect(Object.keys(lock.packages).filter((path) => path.startsWith('examples'))).toEqual([]);
});

describe.each(NAMES)('%s', (name) => {
  it(`is protected by at most ${MOST_CHANGED_LINES} changed lines`, () => {
    const example = of(name);
    const lines = example.changedLines();
    expect(lines).toBeGreaterThan(0);
    expect(lines).toBeLessThanOrEqual(MOST_CHANGED_LINES);
    // Nothing is hidden in a file that both have in common.
    const touched = example.appFiles().filter((file) => example.read(file).includes('@gatehouse/'));
    expect(touched).toEqual(example.changedFiles());
  });

  it('shows in its README what was changed, and how to run it', () => {
    const example = of(name);
    const readme = example.read('README.md');
    const [file = ''] = example.changedFiles();
    const shown = [...readme.matchAll(/^[+-](.*)$/gm)].map(([, line]) => line);
    const [before, after] = [example.read(join('before', file)).split('\n'), example.read(file).split('\n')];
    expect(shown).toHaveLength(example.changedLines());
    expect(shown.filter((line) => !before.includes(line ?? '') && !after.includes(line ?? ''))).toEqual([]);
    expect(readme).toMatch(/^REDIS_URL=\S+ AUTH_TRUST_ANCHOR=\S+ npm start$/m);
  });

  it('names exact versions', () => {
    const manifest = JSON.parse(of(name).read('package.json')) as Record<string, Record<string, string>>;
    const versions = Object.values({ ...manifest['dependencies'], ...manifest['devDependencies'] });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });

  it('brings the packed library, and nothing of the workspace', async () => {
    await installed.get(name);
    const folder = join(of(name).folder, 'node_modules/@gatehouse');
    const lock = readFileSync(join(of(name).folder, 'package-lock.json'), 'utf8');
    expect(existsSync(join(folder, 'session-validator/dist/esm/index.js'))).toBe(true);
    expect(existsSync(join(folder, 'contracts'))).toBe(false);
    expect([...lock.matchAll(/"node_modules\/(@gatehouse\/[^"]+)"/g)].map(([, found]) => found)).toEqual([
      '@gatehouse/session-validator',
    ]);
  }, 120_000);

  it('answers anybody as it was, and only the signed in once it is protected', async () => {
    await installed.get(name);
    const example = of(name);
    const hello = { status: 200, body: { message: 'Hello World!' } };

    example.unprotect();
    const before = await example.start({});
    await eventually(async () => expect(await before.get()).toEqual(hello), { timeoutMs: 60_000 });
    await before.kill();

    example.protect();
    const after = await example.start(auth.settings);
    const ada = auth.signIn();
    const grace = auth.signIn();
    await eventually(async () => expect(await after.get(ada.token)).toEqual(hello), { timeoutMs: 60_000 });
    expect(await after.get()).toEqual(refusal('TOKEN_MISSING'));
    expect(await after.get(`${ada.token.slice(0, -8)}AAAAAAAA`)).toEqual(refusal('TOKEN_INVALID'));

    await auth.signOut(ada.sid);
    await eventually(async () => expect(await after.get(ada.token)).toEqual(refusal('SESSION_REVOKED')));
    expect(await after.get(grace.token)).toEqual(hello);
    await after.kill();
  }, 120_000);
});

function refusal(code: string): object {
  return { status: 401, body: { success: false, error: { code, message: expect.any(String) } } };
}
