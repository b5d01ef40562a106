import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

interface Complaint {
  readonly ruleId: string | null;
  readonly message: string;
}

const PROJECTS = '@nx/enforce-module-boundaries';
const FILES = 'no-restricted-imports';

/** A wall nobody has pushed against is a drawing: each of these imports must be refused, by the rule named. */
const forbidden: [wall: string, filePath: string, imported: string, rule: string][] = [
  ['a lib never reaches for an app', 'libs/redis/src/sample.ts', '@gatehouse/auth', FILES],
  ['one app never reaches for another', 'apps/orders/src/sample.module.ts', '@gatehouse/auth', FILES],
  ['nor by a path', 'apps/orders/src/sample.module.ts', '../../auth/src/main.js', PROJECTS],
  ['contracts lie at the bottom', 'libs/contracts/src/sample.ts', '@gatehouse/kernel', PROJECTS],
  [
    'nothing private leaks into the published library',
    'libs/session-validator/src/sample.ts',
    '@gatehouse/kernel',
    PROJECTS,
  ],
  ['a port does not know its adapters', 'libs/failures/src/sample.ts', '@gatehouse/redis', PROJECTS],
  ['what runs anywhere uses no server library', 'libs/kernel/src/sample.ts', 'ioredis', PROJECTS],
  ['an adapter knows no framework', 'libs/sql/src/sample.ts', '@nestjs/common', PROJECTS],
  ['a use case stays plain', 'apps/auth/src/sign-in/sample.ts', '@nestjs/common', FILES],
  ['a use case asks for a port, not for Redis', 'apps/auth/src/refresh/sample.ts', 'ioredis', FILES],
  ['a command asks an adapter, not Redis', 'apps/cli/src/doctor/sample.ts', 'ioredis', FILES],
  ['the command line is nobody’s library', 'apps/orders/src/sample.module.ts', '@gatehouse/cli', FILES],
  ['the validator core knows no transport', 'libs/session-validator/src/core/sample.ts', 'ioredis', FILES],
  ['a port file knows no server', 'libs/session-store/src/sample.ts', '@gatehouse/redis', FILES],
  ['a limit in memory knows no server', 'libs/rate-limit/src/memory/sample.ts', '@gatehouse/redis', FILES],
  ['test tools stay in tests', 'apps/auth/src/sign-in/sample.module.ts', '@gatehouse/kernel/testing', FILES],
];

const allowed: [filePath: string, imported: string][] = [
  ['apps/auth/src/sign-in/sample.ts', '@gatehouse/session-store'],
  ['apps/auth/src/sign-in/sample.module.ts', '@nestjs/common'],
  ['apps/auth/src/sign-in/sample.spec.ts', '@gatehouse/kernel/testing'],
  ['libs/session-store/src/redis/sample.ts', '@gatehouse/redis'],
];

const importing = (module: string) => `import * as sample from '${module}';\n\nexport default sample;\n`;

describe('the walls between rooms', () => {
  let complaints: Complaint[][];

  beforeAll(() => {
    const samples = [
      ...forbidden.map(([, filePath, module]) => ({ filePath, module })),
      ...allowed.map(([filePath, module]) => ({ filePath, module })),
    ];
    const linter = spawnSync(process.execPath, [join(__dirname, 'lint-samples.mjs')], {
      input: JSON.stringify(samples.map(({ filePath, module }) => ({ filePath, code: importing(module) }))),
      encoding: 'utf8',
      env: { ...process.env, NX_DAEMON: 'false' },
    });
    if (linter.status !== 0) throw new Error(linter.stderr);
    complaints = JSON.parse(linter.stdout.trimEnd().split('\n').at(-1) ?? '') as Complaint[][];
  }, 120_000);

  it.each(forbidden.map((row, index) => [...row, index] as const))(
    '%s (%s must not import %s)',
    (_wall, _file, _module, rule, index) => {
      expect(complaints[index]?.map(({ ruleId }) => ruleId)).toContain(rule);
    },
  );

  it.each(allowed.map((row, index) => [...row, forbidden.length + index] as const))(
    '%s may import %s',
    (_file, _module, index) => {
      expect(complaints[index]).toEqual([]);
    },
  );
});
