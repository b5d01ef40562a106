import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { CompactTable } from './compact-table.js';
import { fingerprint, print } from './fingerprint.js';

const printOf = (text: string) => {
  fingerprint(text);
  return [...print].join();
};

describe('a print', () => {
  it('is the same for the same text and different for any other', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 40 }),
        fc.string({ unit: 'binary', maxLength: 40 }),
        (a, b) => {
          expect(printOf(a)).toBe(printOf(`${a.slice(0, 3)}${a.slice(3)}`));
          expect(printOf(a) === printOf(b)).toBe(a === b);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('tells apart what differs in one place, in length, or in bytes that look alike', () => {
    const sid = 'ab'.repeat(32);
    const near = Array.from({ length: 64 }, (_, i) => `${sid.slice(0, i)}0${sid.slice(i + 1)}`);
    const texts = [
      ...near,
      sid,
      '',
      '\0',
      '\0\0',
      'a',
      'a\0',
      'A',
      'é',
      'e\u0301',
      '\u0061\u0100',
      '\u6100',
      '\ud800',
      '\udc00',
    ];
    const long = Array.from({ length: 20 }, (_, i) => '\0'.repeat(i + 3));
    expect(new Set([...texts, ...long].map(printOf)).size).toBe(texts.length + long.length);
  });

  it('spreads texts that count up', () => {
    const tops = new Array<number>(16).fill(0);
    for (let i = 0; i < 16_000; i++) {
      fingerprint(String(i));
      tops[print[0]! >>> 28]! += 1;
    }
    for (const top of tops) expect(Math.abs(top - 1_000)).toBeLessThan(200);
  });
});

/** What a table must answer, as a `Map` holds it. */
type Model = Map<string, { until: number; cutoff: number }>;

const moves = fc.array(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        text: fc.oneof(fc.nat(9), fc.nat(300)).map((i) => `text-${i}`),
        until: fc.integer({ min: 1, max: 50 }),
        cutoff: fc.oneof(fc.nat(9), fc.maxSafeNat()),
      }),
    },
    { weight: 1, arbitrary: fc.record({ now: fc.nat(40), budget: fc.integer({ min: 1, max: 400 }) }) },
  ),
  { maxLength: 400 },
);

function sweepAll(table: CompactTable, now: number): void {
  while (!table.sweep(now, 500).atEnd);
}

describe('a compact table', () => {
  it('answers as a Map would, whatever is put, raised and forgotten', () => {
    fc.assert(
      fc.property(moves, (list) => {
        const table = new CompactTable(true);
        const model: Model = new Map();
        for (const move of list) {
          if ('now' in move) {
            sweepAll(table, move.now);
            for (const [text, { until }] of model) if (until < move.now) model.delete(text);
            continue;
          }
          const { text, until, cutoff } = move;
          const known = model.get(text);
          const outcome = !known ? 'added' : cutoff > known.cutoff ? 'raised' : 'known';
          expect(table.put(text, until, cutoff)).toBe(outcome);
          model.set(text, {
            until: Math.max(until, known?.until ?? 0),
            cutoff: Math.max(cutoff, known?.cutoff ?? 0),
          });
        }
        expect(table.size).toBe(model.size);
        for (let i = 0; i <= 300; i++) expect(table.cutoff(`text-${i}`)).toBe(model.get(`text-${i}`)?.cutoff);
      }),
    );
  });

  it('grows over many segments and finds every entry and nothing else, then shrinks to nothing', () => {
    const table = new CompactTable(false);
    const ids = Array.from({ length: 60_000 }, () => randomBytes(32).toString('hex'));
    ids.forEach((id, i) => table.put(id, i % 2 === 0 ? 10 : 20, 0));
    expect(table.size).toBe(ids.length);
    expect(ids.every((id) => table.has(id))).toBe(true);
    expect(ids.some((id) => table.has(`${id.slice(0, 63)}g`))).toBe(false);
    sweepAll(table, 15);
    expect(table.size).toBe(30_000);
    expect(ids.filter((id) => table.has(id))).toEqual(ids.filter((_, i) => i % 2 === 1));
    sweepAll(table, 21);
    expect(table.size).toBe(0);
    expect(ids.some((id) => table.has(id))).toBe(false);
    expect(table.put(ids[0]!, 30, 0)).toBe('added');
  });

  it('forgets in steps and loses its place neither when it grows meanwhile nor when it ends', () => {
    const table = new CompactTable(false);
    for (let i = 0; i < 20_000; i++) table.put(`old-${i}`, 10, 0);
    expect(table.sweep(11, 1)).toMatchObject({ atEnd: false });
    for (let i = 0; i < 30_000; i++) table.put(`new-${i}`, 20, 0);
    sweepAll(table, 11);
    sweepAll(table, 11);
    expect(table.size).toBe(30_000);
  });

  it.each([
    [false, 50],
    [true, 70],
  ])('takes a few dozen bytes an entry, whatever their number (with a cut-off: %s)', (withCutoff, most) => {
    const table = new CompactTable(withCutoff);
    for (let i = 1; i <= 70_000; i++) {
      table.put(`id-${i}`, 10, 1);
      if (i % 7_000 === 0) expect(table.bytes / table.size).toBeLessThan(most);
    }
    sweepAll(table, 11);
    expect(table.bytes).toBeLessThan(200_000);
  });
});
