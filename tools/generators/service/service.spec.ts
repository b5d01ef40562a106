import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { parseAllDocuments } from 'yaml';
import { TOP, workspaceCopy } from './workspace-copy.js';

const { refusalOfName } = createRequire(__filename)('./service-name.cjs') as {
  refusalOfName(name: unknown, exists: (folder: string) => boolean): string | undefined;
};

const NAME = 'stock-levels';
const PORT = 8123;

let copy: string;
let service: string;

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

function run(tool: string, ...args: string[]): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('node_modules', tool), ...args], {
    cwd: copy,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', CI: 'true', NODE_OPTIONS: '' },
  });
  return { status, output: `${stdout}${stderr}` };
}

const generate = (name: string, ...args: string[]) =>
  run('nx/dist/bin/nx.js', 'g', '@gatehouse/tools:service', name, '--skipInstall', ...args);
const read = (file: string) => readFileSync(join(service, file), 'utf8');
const done = { status: 0, output: '' };

beforeAll(() => {
  copy = workspaceCopy();
  service = join(copy, 'apps', NAME);
  const { status, output } = generate(NAME, `--port=${PORT}`);
  if (status !== 0) throw new Error(output);
}, 120_000);

describe('a generated service', () => {
  it('has an app, tests, a README, a Dockerfile and Kubernetes manifests', () => {
    const files = readdirSync(service, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(service.length + 1));
    expect(files).toEqual(
      expect.arrayContaining([
        'Dockerfile',
        'Dockerfile.dockerignore',
        'README.md',
        'package.json',
        'src/main.ts',
        `src/build-${NAME}.ts`,
        `src/${NAME}.flow.spec.ts`,
        `src/${NAME}/${NAME}.controller.ts`,
        'k8s/kustomization.yaml',
        'k8s/deployment.yaml',
      ]),
    );
    // Nothing of the template's own language is left.
    expect(files.filter((file) => /__|template/.test(file) || read(file).includes('<%'))).toEqual([]);
  });

  it('is one of the projects the compiler knows', () => {
    expect(readFileSync(join(copy, 'tsconfig.json'), 'utf8')).toContain(`"./apps/${NAME}"`);
  });

  it('compiles, and passes its own test', () => {
    expect(run('typescript/bin/tsc', '-b', `apps/${NAME}`)).toEqual(done);
    const { status, output } = run('jest/bin/jest.js', '-c', `apps/${NAME}/jest.config.mjs`, '--ci');
    expect([status, status === 0 ? '' : output]).toEqual([0, '']);
    expect(output).toMatch(/Tests: +[5-9] passed/);
    expect(output).toContain('refuses a session that has ended');
  }, 180_000);

  it('is as tidy as the rest of the house, and stands in its walls', () => {
    expect(run('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', `apps/${NAME}`)).toEqual(done);
    expect(run('eslint/bin/eslint.js', '--max-warnings', '0', `apps/${NAME}`)).toEqual(done);
  }, 120_000);

  it('starts as built, tells what it lacks, and names no value', () => {
    const { status, output } = run(`../apps/${NAME}/dist/main.js`);
    expect(status).toBe(1);
    expect(output).toContain('REDIS_URL');
    expect(output).toContain('AUTH_TRUST_ANCHOR');
  });

  it('is deployed with the port, the probes and the two settings it really has', () => {
    const kinds = ['deployment', 'service', 'network-policy', 'pod-disruption-budget'];
    const documents = kinds.flatMap((file) => parseAllDocuments(read(`k8s/${file}.yaml`)));
    expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    const [deployment, inner] = documents.map((document) => document.toJS() as Manifest);
    const container = deployment?.spec.template?.spec.containers[0];
    expect(container).toMatchObject({
      ports: [{ name: 'http', containerPort: PORT }],
      livenessProbe: { httpGet: { path: '/health', port: 'http' } },
      readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
      securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
    });
    expect(container?.env.map(({ name }) => name)).toEqual(['PORT', 'REDIS_URL', 'AUTH_TRUST_ANCHOR']);
    expect(inner?.spec).toMatchObject({ selector: { app: NAME }, ports: [{ port: PORT, targetPort: 'http' }] });
    expect(read(`src/config/${NAME}.config.ts`)).toContain(`port().default('${PORT}')`);
  });

  it('becomes an image on the base of the others, of what it runs on and nothing else', () => {
    const dockerfile = read('Dockerfile');
    expect(validate(dockerfile)).toEqual([]);
    const [base] = /^FROM \S+ AS base$/m.exec(readFileSync(join(TOP, 'docker/Dockerfile'), 'utf8'))!;
    expect(dockerfile).toContain(`\n${base}\n`);
    for (const line of [
      `RUN node docker/production-tree.mjs apps/${NAME} /out`,
      'COPY --from=build /out ./',
      'USER 1000:1000',
      `CMD ["node", "--enable-source-maps", "apps/${NAME}/dist/main.js"]`,
    ]) {
      expect(dockerfile).toContain(`\n${line}\n`);
    }
  });
});

interface Manifest {
  readonly spec: {
    readonly template?: { readonly spec: { readonly containers: readonly { readonly env: { name: string }[] }[] } };
  };
}

describe('a name that cannot be used', () => {
  it('ends the command with what to do, and nothing is written', () => {
    const before = readFileSync(join(copy, 'tsconfig.json'), 'utf8');
    const { status, output } = generate(NAME);
    expect(status).not.toBe(0);
    expect(output).toContain(`The name "${NAME}" is taken: there is a folder apps/${NAME}. Choose another.`);
    expect(output).not.toContain('UPDATE');
    expect(readFileSync(join(copy, 'tsconfig.json'), 'utf8')).toBe(before);
  }, 60_000);

  it.each([
    [undefined, 'small letters'],
    ['', 'small letters'],
    ['Billing', 'small letters'],
    ['2fast', 'a letter first'],
    ['-billing', 'a letter first'],
    ['a--b', 'single hyphens'],
    ['a-', 'single hyphens'],
    ['a_b', 'small letters'],
    ['../escape', 'small letters'],
    ['bill\ning', 'small letters'],
    ['a'.repeat(41), 'at most 40 characters'],
    ['orders', 'taken: there is a folder apps/orders'],
    ['redis', 'taken: there is a folder libs/redis'],
    ['tools', 'taken: there is a folder tools'],
  ])('%j is one', (name, words) => {
    expect(refusalOfName(name, (folder) => existsSync(join(TOP, folder)))).toContain(words);
  });

  it.each(['billing', 'stock-levels', 'a', 'v2', 'b2b-orders', 'a'.repeat(40)])('%j is none', (name) => {
    expect(refusalOfName(name, (folder) => existsSync(join(TOP, folder)))).toBeUndefined();
  });
});
