// The same vectors against a validator in another language, and against that validator with its rules broken.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BROKEN_RULES } from './runner/broken-rules.js';
import { REQUIREMENTS, rowsOf } from './runner/coverage.js';
import { findPython, PYTHON_MISSING } from './runner/find-python.mjs';
import { FILE_NAMES } from './runner/vectors.js';

const EXAMPLE = join(__dirname, '..', 'examples', 'python-validator');
const all = FILE_NAMES.flatMap((name) => rowsOf(name).map(({ id, rows }) => ({ name: `${name}:${id}`, rows })));

function python(script: string, args: string[], input = ''): { status: number | null; output: unknown } {
  const found = findPython();
  if (found === undefined) throw new Error(PYTHON_MISSING);
  const { status, stdout, stderr } = spawnSync(found, ['-B', script, ...args], { input, encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return { status, output: JSON.parse(stdout) };
}

it('the validator in Python passes every vector', () => {
  const { status, output } = python(join(EXAMPLE, 'run_vectors.py'), ['--json']);
  expect(output).toEqual({ passed: all.length, failed: [] });
  expect(status).toBe(0);
});

describe('the vectors notice when the validator in Python', () => {
  let failed: string[][];
  const rowsByName = new Map(all.map(({ name, rows }) => [name, rows]));

  beforeAll(() => {
    const script = join(__dirname, 'runner', 'break_rules.py');
    failed = python(script, [], JSON.stringify(BROKEN_RULES)).output as string[][];
  }, 120_000);

  it.each(BROKEN_RULES.map(({ title, noticedBy }, index) => ({ title, noticedBy, index })))(
    '$title',
    ({ noticedBy, index }) => {
      const rows = new Set(failed[index]?.flatMap((name) => rowsByName.get(name) ?? []));
      expect([...rows]).toEqual(expect.arrayContaining([...noticedBy]));
      // Only some fail: what broke is one rule, not the validator.
      expect(failed[index]?.length).toBeLessThan(all.length / 2);
    },
  );

  it('and there is such a break for every requirement', () => {
    const broken = new Set(BROKEN_RULES.flatMap(({ noticedBy }) => noticedBy));
    expect(REQUIREMENTS.filter((row) => !broken.has(row))).toEqual([]);
  });
});
