// The walls of the house. Nx sees projects; the finer walls, which run through a project, are patterns on files.
// Each message teaches: it says what to do instead.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../apps');
const tagsOf = (app) => JSON.parse(readFileSync(join(FOLDER, app, 'package.json'), 'utf8')).nx?.tags ?? [];
const appsWith = (tag) =>
  readdirSync(FOLDER).filter((app) => existsSync(join(FOLDER, app, 'package.json')) && tagsOf(app).includes(tag));
// Read from the folder, so that a new app stands in its walls from the first day.
const apps = appsWith('type:app');
const services = `apps/{${appsWith('runtime:nest').join(',')}}`;

const onlyOn = (sourceTag, ...onlyDependOnLibsWithTags) => ({ sourceTag, onlyDependOnLibsWithTags });
// Tests may use test tools; the file walls below keep production files from doing so.
const tests = 'type:testing';

/** apps → adapters and kits → ports and sdk → contracts; never between two apps. */
export const projectWalls = [
  onlyOn('type:kernel', 'type:kernel'),
  onlyOn('type:contracts', 'type:contracts'),
  onlyOn('type:util', 'type:util', 'type:kernel', 'type:contracts', tests),
  onlyOn('type:sdk', 'type:contracts', tests),
  onlyOn('type:port', 'type:contracts', 'type:kernel', tests),
  onlyOn('type:adapter', 'type:adapter', 'type:port', 'type:util', 'type:contracts', 'type:kernel', tests),
  onlyOn('type:kit', 'type:port', 'type:util', 'type:contracts', 'type:kernel', tests),
  onlyOn(
    'type:app',
    'type:sdk',
    'type:kit',
    'type:adapter',
    'type:port',
    'type:util',
    'type:contracts',
    'type:kernel',
    tests,
  ),
  onlyOn('type:testing', 'type:testing'),
  onlyOn('type:e2e', 'type:contracts', 'type:sdk', 'type:adapter', tests),
  // The guide is tried on what it tells of.
  onlyOn('type:tool', 'type:util', 'type:contracts', 'type:sdk', tests),
  onlyOn('scope:shared', 'scope:shared'),
  ...apps.map((app) => onlyOn(`scope:${app}`, `scope:${app}`, 'scope:shared')),
  onlyOn('scope:system', 'scope:shared'),
  onlyOn('scope:tools', 'scope:shared'),
  {
    sourceTag: 'runtime:any',
    onlyDependOnLibsWithTags: ['runtime:any'],
    bannedExternalImports: ['@nestjs/*', 'express', 'fastify', 'ioredis', 'typeorm'],
  },
  { sourceTag: 'runtime:node', bannedExternalImports: ['@nestjs/*'] },
];

const frameworks = ['@nestjs/*', 'express', 'fastify', 'ioredis', 'typeorm'];
// On every file, whatever else stands there.
const everywhere = [
  {
    group: apps.map((app) => `@gatehouse/${app}`),
    message: "An app is nobody's library. Move what two rooms need to libs/.",
  },
  { group: ['@gatehouse/testing', '@gatehouse/*/testing'], message: 'Test tools stay in tests.' },
  { group: ['fast-check'], message: 'Test tools stay in tests.' },
];

const wall = (files, ignores, ...patterns) => ({
  files,
  ignores: [...ignores, '**/*.spec.ts', '**/testing/**', '**/test/**'],
  rules: { 'no-restricted-imports': ['error', { patterns: [...everywhere, ...patterns] }] },
});

const doors = ['redis', 'nest', 'nest-ws', 'express', 'fastify', 'http', 'otel'].map((door) => `**/${door}/*`);

/** Walls within a project. The last matching entry wins, so the narrow ones come last. */
export const fileWalls = [
  wall(['libs/*/src/**/*.ts', `${services}/src/**/*.ts`], []),
  wall(
    [`${services}/src/**/*.ts`],
    [
      '**/*.{module,controller,guard,interceptor,filter,decorator,dto}.ts',
      '**/{main,build-*,*-cli}.ts',
      '**/adapters/**',
      '**/persistence/**',
      '**/http/**',
      '**/docs/**',
    ],
    { group: frameworks, message: 'Use cases and rules stay plain. Ask for a port; the module fills it.' },
  ),
  // The command line is no service; its servers stand behind adapters all the same.
  wall(['apps/cli/src/**/*.ts'], ['**/adapters/**'], {
    group: frameworks,
    message: 'Commands and checks stay plain. Put what talks to a server into adapters/ of the room.',
  }),
  wall(['apps/*/src/**/adapters/**/*.ts'], [], {
    group: ['**/*.controller.js', '**/*.module.js'],
    message: 'An adapter does not know who calls it.',
  }),
  wall(['libs/session-validator/src/core/**/*.ts'], [], {
    group: ['ioredis', '@nestjs/*', '@opentelemetry/*', 'express', 'fastify', 'ws', ...doors],
    message: 'The core knows no framework and no transport. Put this behind a door.',
  }),
  wall(['libs/{session-store,revocation-log,rate-limit}/src/{,memory/**/}*.ts'], [], {
    group: ['ioredis', 'typeorm', '@gatehouse/redis', '@gatehouse/sql'],
    message: 'A port and its memory adapter know no server. Put this in the redis or sql door.',
  }),
];
