// The files themselves: of their schema, written by the generator, and such that no lazy validator passes them.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REQUIREMENTS, rowsOf, verdictsByRow } from './runner/coverage.js';
import { FILE_NAMES, readSchema, readVectors } from './runner/vectors.js';

describe('each file of vectors', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false });
  ajv.addSchema(readSchema('shared'));

  it.each(FILE_NAMES)('%s keeps to its schema', (name) => {
    const validate = ajv.compile(readSchema(name));
    expect(validate(readVectors(name)) ? [] : validate.errors).toEqual([]);
  });

  it('has a schema that refuses what a reader would stumble over', () => {
    const validate = ajv.getSchema('tokens.schema.json') ?? ajv.compile(readSchema('tokens'));
    const { groups, ...rest } = readVectors('tokens');
    const [group] = groups;
    const [vector] = group?.vectors ?? [];
    const withFirst = (change: object) => ({
      ...rest,
      groups: [{ ...group, vectors: [{ ...vector, ...change }, vector] }],
    });
    expect(validate(withFirst({}))).toBe(true);
    for (const change of [
      { now_ms: 'now' },
      { expected: { verdict: 'refused' } },
      { token: 7 },
      { more: 1 },
      { id: 'ä' },
    ]) {
      expect(validate(withFirst(change))).toBe(false);
    }
  });

  it('is what the generator writes, byte for byte', () => {
    const generator = spawnSync(process.execPath, [join(__dirname, 'generate.mjs'), '--check'], { encoding: 'utf8' });
    expect([generator.status, generator.stderr]).toEqual([0, '']);
  });

  it.each(FILE_NAMES)('%s names each vector once', (name) => {
    const ids = rowsOf(name).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('the vectors together', () => {
  const verdicts = verdictsByRow();

  it.each(REQUIREMENTS)('cover %s', (row) => {
    expect(verdicts.get(row)?.size ?? 0).toBeGreaterThan(0);
  });

  it('name no row that the README does not explain', () => {
    expect([...verdicts.keys()].filter((row) => !REQUIREMENTS.includes(row))).toEqual([]);
    const readme = readFileSync(join(__dirname, 'README.md'), 'utf8');
    expect(REQUIREMENTS.filter((row) => !new RegExp(`^\\| ${row} +\\|`, 'm').test(readme))).toEqual([]);
  });

  // Who accepts everything, refuses everything, or always gives the same reason fails every single row.
  it.each(REQUIREMENTS)('leave no way to pass %s with one answer for all', (row) => {
    expect(verdicts.get(row)?.size ?? 0).toBeGreaterThan(1);
  });

  it('begin each group of tokens with one that is accepted, at the instant and by the validator of the refused', () => {
    for (const { id, vectors } of readVectors('tokens').groups) {
      expect([id, vectors[0]?.id, vectors[0]?.expected.verdict]).toEqual([id, `${id}/control`, 'accepted']);
    }
  });

  it('ask each transcript about tokens that come out differently, or differently later', () => {
    const same = readVectors('feed').transcripts.filter(({ steps }) => {
      const outcomes = steps.flatMap((step) => (step.do === 'expect' ? step.verdicts : []));
      return new Set(outcomes.map(({ expected }) => expected.reason ?? expected.verdict)).size < 2;
    });
    expect(same.map(({ id }) => id)).toEqual([]);
  });
});
