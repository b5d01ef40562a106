import { readVectors, type ExpectedVerdict, type VectorFiles } from './vectors.js';

const range = (prefix: string, last: number): string[] => Array.from({ length: last }, (_, n) => `${prefix}${n + 1}`);

/** Every requirement the vectors are about; the README says what each means. */
export const REQUIREMENTS: readonly string[] = [...range('J', 16), ...range('C', 10), 'K', ...range('F', 14)];

interface Row {
  readonly id: string;
  readonly rows: readonly string[];
  /** Everything it expects, as one word each: an outcome or a reason. */
  readonly outcomes: readonly string[];
}

const word = ({ verdict, reason }: ExpectedVerdict): string => reason ?? verdict;

/** What each vector of a file is about and expects. */
export function rowsOf(name: keyof VectorFiles): Row[] {
  switch (name) {
    case 'tokens':
      return readVectors(name).groups.flatMap(({ rows, vectors }) =>
        vectors.map(({ id, expected }) => ({ id, rows, outcomes: [word(expected)] })),
      );
    case 'configurations':
      return readVectors(name).vectors.map(({ id, rows, expected }) => ({ id, rows, outcomes: [expected] }));
    case 'jws':
      return readVectors(name).vectors.map(({ id, rows, expected: { valid } }) => {
        return { id, rows, outcomes: [valid ? 'valid' : 'not valid'] };
      });
    case 'key-bundles':
      return readVectors(name).sequences.map(({ id, rows, steps }) => {
        return { id, rows, outcomes: steps.map(({ taken }) => (taken ? 'taken' : 'not taken')) };
      });
    case 'feed':
      return readVectors(name).transcripts.map(({ id, rows, steps }) => {
        const asked = steps.flatMap((step) => (step.do === 'expect' ? step.verdicts : []));
        return { id, rows, outcomes: asked.map(({ expected }) => word(expected)) };
      });
  }
}

/** The different outcomes expected under each requirement, each file's apart. */
export function verdictsByRow(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const name of ['tokens', 'configurations', 'jws', 'key-bundles', 'feed'] as const) {
    for (const { rows, outcomes } of rowsOf(name)) {
      for (const row of rows) found.set(row, new Set([...(found.get(row) ?? []), ...outcomes]));
    }
  }
  return found;
}
