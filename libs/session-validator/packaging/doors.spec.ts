import { testFolder } from '@gatehouse/testing';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Installed, NAME, specifierOf } from './installed.js';
import { TOP } from './pack-copy.js';

/** Doors that are of no use without a framework, and load it. All others load in a service that has none. */
const FRAMEWORK_DOORS = ['./nest', './nest-ws'];

let installed: Installed;
beforeAll(() => {
  installed = new Installed();
}, 120_000);

describe('every door', () => {
  /** Per door and format the names it has, and names that two doors share without being the same thing. */
  const LOOK = `
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/x.js');
    const found = { esm: {}, cjs: {} };
    const differing = [];
    for (const [format, load] of [['esm', (id) => import(id)], ['cjs', async (id) => require(id)]]) {
      const first = {};
      for (const id of process.argv.slice(1)) {
        const { default: _, 'module.exports': __, ...door } = await load(id);
        found[format][id] = Object.keys(door).filter((name) => name !== '__esModule').sort();
        // Classes, constants and symbols. Functions like requireAuth are each framework's own.
        for (const name of found[format][id].filter((name) => /^[A-Z]/.test(name))) {
          first[name] ??= door[name];
          if (first[name] !== door[name]) differing.push(format + ' ' + id + ' ' + name);
        }
      }
    }
    console.log(JSON.stringify({ found, differing }));
  `;

  interface Look {
    readonly found: Readonly<Record<'esm' | 'cjs', Readonly<Record<string, string[]>>>>;
    readonly differing: readonly string[];
  }

  function look(ids: readonly string[]): Look {
    const { status, output } = installed.run('--no-warnings', '--input-type=module', '-e', LOOK, ...ids);
    if (status !== 0) throw new Error(output);
    return JSON.parse(output) as Look;
  }

  it('opens to import and to require, with the same names', () => {
    const { found } = look(installed.doors.map(specifierOf));
    expect(Object.values(found.esm).filter((names) => names.length === 0)).toEqual([]);
    expect(found.cjs).toEqual(found.esm);
    expect(found.esm[NAME]).toEqual(expect.arrayContaining(['createSessionValidator', 'SessionValidator']));
  });

  it('gives the one thing that has a name, so that `instanceof` and injection tokens hold across doors', () => {
    const { found, differing } = look(installed.doors.map(specifierOf));
    const shared = Object.values(found.cjs).filter((names) => names.includes('SessionValidator'));
    expect(shared.length).toBeGreaterThan(1);
    expect(differing).toEqual([]);
  });

  it('opens without any framework and without ioredis, unless it is the door of that framework', () => {
    const bare = testFolder('bare');
    installed.unpackInto(bare);
    symlinkSync(join(TOP, 'node_modules/eventsource-parser'), join(bare, 'node_modules/eventsource-parser'));
    const ids = installed.doors.filter((door) => !FRAMEWORK_DOORS.includes(door)).map(specifierOf);
    const loading = ids.map((id) => `await import('${id}'); require('${id}');`).join('\n');
    const script = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${loading}`;
    writeFileSync(join(bare, 'load.mjs'), script);
    expect(installed.run(join(bare, 'load.mjs'))).toEqual({ status: 0, output: '' });
  });

  it('is typed for ES modules and for CommonJS', () => {
    const { app } = installed;
    const check = `
      const validator: root.SessionValidator = root.createSessionValidator({ feed: new testing.MemoryFeed() });
      export const handler = express.requireAuth(validator, { freshness: { boundedSeconds: 30 } });
      export const hook = fastify.requireAuth(validator);
      export const module = nest.SessionValidatorModule.forRoot();
      export const who = (request: import('express').Request): number | undefined => request.principal?.userId;
      // @ts-expect-error -- a policy that does not exist: the types are not \`any\`
      express.requireAuth(validator, { freshness: 'whenever' });
    `;
    const variable = (door: string) => (door === '.' ? 'root' : door.slice(2).replace(/\W/g, '_'));
    const imports = (form: (name: string, id: string) => string) =>
      installed.doors.map((door) => form(variable(door), `'${specifierOf(door)}'`)).join('\n');
    writeFileSync(join(app, 'service.mts'), imports((name, id) => `import * as ${name} from ${id};`) + check);
    writeFileSync(join(app, 'service.cts'), imports((name, id) => `import ${name} = require(${id});`) + check);
    writeFileSync(join(app, 'package.json'), '{"type":"module"}');
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--experimentalDecorators', '--noEmit'];
    const types = ['--types', 'node', '--typeRoots', join(TOP, 'node_modules/@types')];
    const checked = installed.tool('typescript/bin/tsc', ...options, ...types, 'service.mts', 'service.cts');
    expect(checked).toEqual({ status: 0, output: '' });
  }, 60_000);
});
