import fc from 'fast-check';
import { CompactTable } from './compact-table.js';

/** Here a text is the number its print begins with, so that prints can crowd where the real ones never would. */
jest.mock('./fingerprint.js', () => {
  const print = new Uint32Array(4);
  const fingerprint = (text: string) => {
    const [first, second] = text.split(':');
    print[0] = Number(first);
    print[1] = Number(second);
  };
  return { print, fingerprint };
});

/** Crowds at the far end of the table, in one corner of it, and on one and the same first word. */
const crowds = fc.oneof(
  fc.integer({ min: 0xffffffff - 300, max: 0xffffffff }),
  fc.integer({ min: 0x12340000, max: 0x12340000 + 4_000 }),
  fc.constantFrom(0, 0x80000000, 0xffffffff),
  fc.nat(0xffffffff),
);

it('a table whose prints crowd still answers as a Map would', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(crowds, fc.nat(30)), { minLength: 200, maxLength: 3_000 }), (list) => {
      const table = new CompactTable(false);
      const model = new Map<string, number>();
      for (const [first, second] of list) {
        // The one word no print begins with counts as the one before it.
        const text = `${Math.min(first, 0xfffffffe)}:${second}`;
        table.put(`${first}:${second}`, (second % 2) + 1, 0);
        model.set(text, (second % 2) + 1);
      }
      expect(table.size).toBe(model.size);
      for (const text of model.keys()) expect(table.has(text)).toBe(true);
      while (!table.sweep(2, 100).atEnd);
      for (const [text, until] of model) expect(table.has(text)).toBe(until === 2);
      expect(table.has('305397761:31')).toBe(false);
    }),
    { numRuns: 40 },
  );
}, 60_000);

it('ten thousand prints in one corner end up in segments of their own', () => {
  const table = new CompactTable(true);
  for (let i = 0; i < 10_000; i++) table.put(`${0xabc00000 + i}:1`, 9, i);
  for (let i = 0; i < 10_000; i++) expect(table.cutoff(`${0xabc00000 + i}:1`)).toBe(i);
  for (let i = 0; i < 20_000; i++) table.put(`${i * 200_000}:2`, 9, i);
  expect(table.size).toBe(30_000);
  for (let i = 0; i < 20_000; i++) expect(table.cutoff(`${i * 200_000}:2`)).toBe(i);
});
