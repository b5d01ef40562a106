import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from '@gatehouse/testing';

const TOP = join(__dirname, '../..');

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>;
}

const manifest = (folder: string) => JSON.parse(readFileSync(join(TOP, folder, 'package.json'), 'utf8')) as Manifest;

const { scripts } = manifest('.');
/** Those that run a program of the auth service, which finds its database from the folder it runs in. */
const ofAuth = Object.entries(scripts).filter(([, line]) => /-w apps\/auth|apps\/auth\/dist/.test(line));
const commands = ofAuth.map(([name]) => name).filter((name) => name !== 'docs:write');

/** A clone in which nothing is built, and every program of the auth service says only where it was started and with what. */
function clone(): string {
  const folder = realpathSync(testFolder('root-scripts'));
  const say = `console.log(JSON.stringify({ in: process.cwd(), args: process.argv.slice(2), from: process.env.INIT_CWD }))`;
  const write = (path: string, text: string) => writeFileSync(join(folder, path), text);
  mkdirSync(join(folder, 'apps/auth/dist'), { recursive: true });
  mkdirSync(join(folder, 'docs'));
  write('package.json', JSON.stringify({ ...manifest('.'), scripts: { ...scripts, build: 'node --version' } }));
  write('apps/auth/package.json', JSON.stringify(manifest('apps/auth')));
  for (const name of ['keys', 'admin', 'service-account', 'audit']) write(`apps/auth/dist/${name}-cli.js`, say);
  return folder;
}

/** The last line: before it comes what stands for the build. */
function run(cwd: string, script: string, ...args: string[]): unknown {
  const { stdout, stderr } = spawnSync('npm', ['run', '-s', script, '--', ...args], { cwd, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
}

describe('a command of the root', () => {
  const folder = clone();

  it('is there for keys, administrators, service accounts and the audit log', () => {
    const all = ['keys:new', 'keys:list', 'keys:rotate', 'keys:revoke', 'keys:reseal'];
    expect(commands).toEqual([...all, 'admin:new', 'service-account:new', 'audit:verify']);
  });

  it.each(commands)(
    '%s runs where npm start keeps its data, wherever it is typed, and hands on what is asked',
    (script) => {
      const from = join(folder, 'docs');
      const args = [...(script.startsWith('keys:') ? [script.slice(5)] : []), '--some', 'x y'];
      expect(run(from, script, '--some', 'x y')).toEqual({ in: folder, from, args });
    },
  );

  it('runs in the folder of an app only to write the API document, which keeps no data', () => {
    const elsewhere = Object.entries(scripts).flatMap(([name, line]) =>
      [...line.matchAll(/npm run (?:-s )?(\S+) -w (\S+)/g)].map(([, script, app]) => `${name}: ${script} ${app}`),
    );
    expect(elsewhere).toEqual(['docs:write: openapi apps/auth', 'docs:write: openapi apps/orders']);
  });

  it('has no double in the app, which would open another database', () => {
    const doubles = commands.filter((name) => name in manifest('apps/auth').scripts);
    expect(doubles).toEqual([]);
  });
});
