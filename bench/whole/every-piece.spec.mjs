// `npm run bench:check`: runs every piece short, so that the benchmark cannot rot unseen. What the figures say on a busy machine is not
// asked. It takes minutes, and is a job of its own beside the tests.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdown } from '../validator/report.mjs';

const bench = join(__dirname, '..');
const resultFiles = ['results/validator.json', 'results/main-job.json', 'README.md'].map((name) => join(bench, name));
const contents = () => resultFiles.map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined));

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bench, 'run.mjs'), ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

it('runs every piece of the validator, finds every contender doing its work, and writes nothing', () => {
  const before = contents();
  const { status, stdout, stderr } = run('validator', '--quick', '--json');
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const outcome = JSON.parse(stdout);
  const { pieces, versions } = outcome;

  expect(Object.keys(pieces)).toEqual([
    'http',
    'field',
    'token-check',
    'look-up',
    'memory',
    'propagation',
    'catch-up',
    'calls',
    'flood',
  ]);
  for (const { figures } of Object.values(pieces)) {
    expect(figures.length).toBeGreaterThan(0);
    for (const { what, value } of figures) expect([what, Number.isFinite(value)]).toEqual([what, true]);
  }
  const contenders = Object.values(pieces.field.result.contenders);
  expect(contenders).toHaveLength(18);
  for (const { title, requests, non2xx } of contenders) {
    expect([title, requests > 0, non2xx]).toEqual([title, true, 0]);
  }
  expect(Object.values(versions.packages)).not.toContain('missing');
  expect(pieces.calls.result.phases).toHaveLength(5);
  expect(contents()).toEqual(before);

  const page = markdown(outcome);
  for (const { title } of [...Object.values(pieces), ...contenders]) expect(page).toContain(title);
}, 300_000);

it('runs every piece of the main job', () => {
  const { status, stdout, stderr } = run('--quick', '--json');
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const { pieces } = JSON.parse(stdout);
  expect(pieces['first-sight'].firstSightToSignature.median).toBeGreaterThan(0);
  expect(pieces.propagation.rounds).toBeGreaterThan(0);
  expect(pieces['warm-route'].guardedToOpen.median).toBeGreaterThan(0);
}, 180_000);

it('runs every piece of the auth service beside its rival', () => {
  const { status, stdout, stderr } = run('auth', '--quick', '--json');
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const { pieces } = JSON.parse(stdout);
  expect(Object.keys(pieces)).toEqual(['operations', 'rush']);
  for (const { figures } of Object.values(pieces)) {
    for (const { what, value } of figures) expect([what, Number.isFinite(value)]).toEqual([what, true]);
  }
  const { operations } = pieces.operations.result;
  for (const [operation, { gatehouse, betterAuth }] of Object.entries(operations)) {
    expect([operation, gatehouse.not200, betterAuth.not200]).toEqual([operation, 0, 0]);
  }
  expect(pieces.rush.result).toMatchObject({ unanswered: 0, othersNotOk: 0 });
}, 300_000);

it('runs every proxy beside the gateway, finds each doing its work, and looks at its memory', () => {
  const { status, stdout, stderr } = run('gateway', '--quick', '--json');
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const { pieces } = JSON.parse(stdout);
  expect(Object.keys(pieces)).toEqual(['proxy', 'memory']);
  for (const { figures } of Object.values(pieces)) {
    for (const { what, value } of figures) expect([what, Number.isFinite(value)]).toEqual([what, true]);
  }
  const contenders = Object.values(pieces.proxy.result.contenders);
  expect(contenders).toHaveLength(8);
  for (const { title, requests, non2xx } of contenders) {
    // Apache opens its connections to Redis with the first requests, and may fail one of them.
    const mayFail = title.startsWith('Apache') ? requests / 20 : 0;
    expect([title, requests > 0, non2xx <= mayFail]).toEqual([title, true, true]);
  }
  expect(pieces.memory.result.stream).toMatchObject({ stillOpen: 20, heard: 20 });
}, 300_000);

it('measures one piece alone, and names the pieces to whoever asks for another', () => {
  const { status, stdout } = run('validator', '--quick', '--json', '--only', 'look-up');
  expect(status).toBe(0);
  expect(Object.keys(JSON.parse(stdout).pieces)).toEqual(['look-up']);
  expect(run('validator', '--only', 'speed')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('http, field, token-check, look-up'),
  });
}, 60_000);
