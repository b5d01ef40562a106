import { RECEIPT_LIFE_MS, type ValidatorReport } from '@gatehouse/contracts';
import { aReport } from './reports.js';
import type { ReceiptBoard, SeenValidator } from '../src/receipts/receipt-board.port.js';
import type { BookSettings } from '../src/receipts/receipt-book.js';
import { TooManyValidators } from '../src/receipts/receipts.errors.js';

export interface BoardUnderTest {
  readonly board: ReceiptBoard;
  /** Another instance's view of the same board; the same object where there is only one. */
  readonly other: ReceiptBoard;
  /** The board's own time. */
  readonly nowMs: () => Promise<number>;
  /** Lets the board's time pass. */
  readonly elapse: (ms: number) => Promise<void>;
}

/** What every `ReceiptBoard` owes. `make` gives a fresh, empty board each time. */
export function describeReceiptBoard(name: string, make: (settings?: BookSettings) => Promise<BoardUnderTest>): void {
  describe(`ReceiptBoard: ${name}`, () => {
    let under: BoardUnderTest;
    beforeEach(async () => {
      under = await make();
    });

    const only = async (board: ReceiptBoard = under.other): Promise<SeenValidator> => {
      const { validators } = await board.read();
      expect(validators).toHaveLength(1);
      return validators[0] as SeenValidator;
    };
    /** A report that continues another one. */
    const next = (last: ValidatorReport, given: Partial<ValidatorReport>) =>
      aReport({ ...last, from: last.position, marks: [], ...given });
    const at = (position: string, epoch = 'e1') => ({ epoch, position });

    it('shows a validator as it told of itself, but not by the name it could be spoken for with', async () => {
      const report = aReport({ notUnderstood: 2 });
      await under.board.post(report);
      const seen = await only();
      const { name: called, service, version, mode } = report;
      expect(seen).toMatchObject({ name: called, service, version, mode, notUnderstood: 2, expected: true });
      expect(seen.place).toEqual(at(report.position));
      expect(seen.id).toMatch(/^[0-9a-f]{16}$/);
      expect(JSON.stringify(seen)).not.toContain(report.instance);
      expect(Math.abs(seen.heardAtMs - (await under.nowMs()))).toBeLessThan(1_000);
    });

    it('knows what is in force where, and since when', async () => {
      await under.board.post(
        aReport({
          marks: [
            ['100-0', 110],
            ['200-0', 220],
          ],
          position: '300-0',
          atMs: 330,
        }),
      );
      const seen = await only();
      expect(seen.appliedAtMs(at('100-0'))).toBe(110);
      // Between marks the next one stands for what lies before it.
      expect(seen.appliedAtMs(at('150-0'))).toBe(220);
      expect(seen.appliedAtMs(at('250-0'))).toBe(330);
      expect(seen.appliedAtMs(at('300-1'))).toBeUndefined();
      expect(seen.appliedAtMs(at('100-0', 'e2'))).toBeUndefined();
    });

    it('puts reports together, and does not mind one that comes again', async () => {
      const first = aReport({ position: '100-0', atMs: 105 });
      const second = next(first, { position: '200-0', atMs: 209 });
      for (const report of [first, second, first, second]) await under.board.post(report);
      const seen = await only();
      expect(seen.place).toEqual(at('200-0'));
      expect(seen.appliedAtMs(at('100-0'))).toBe(105);
      expect(seen.appliedAtMs(at('200-0'))).toBe(209);
    });

    it('does not make up times where a report is missing', async () => {
      const first = aReport({ position: '100-0' });
      const third = aReport({ ...first, from: '200-0', position: '300-0', atMs: 309 });
      await under.board.post(first);
      await under.board.post(third);
      const seen = await only();
      expect(seen.appliedAtMs(at('150-0'))).toBeNull();
      expect(seen.appliedAtMs(at('250-0'))).toBe(309);
    });

    it('does not make up times of before it heard of a validator for the first time', async () => {
      await under.board.post(aReport({ from: '500-0', position: '600-0' }));
      const seen = await only();
      expect(seen.appliedAtMs(at('400-0'))).toBeNull();
      expect(seen.appliedAtMs(at('600-0'))).toBe(605);
    });

    it('forgets in the end when things came into force, and never that they did', async () => {
      let last = aReport({ position: '1-0' });
      await under.board.post(last);
      for (let i = 0; i < 10; i++) {
        const marks = Array.from({ length: 100 }, (_, n) => [`${1 + i * 100 + n + 1}-0`, 5_000] as const);
        last = next(last, { marks, position: `${1 + (i + 1) * 100}-0`, atMs: 5_000 });
        await under.board.post(last);
      }
      const seen = await only();
      expect(seen.appliedAtMs(at('2-0'))).toBeNull();
      expect(seen.appliedAtMs(at('1000-0'))).toBe(5_000);
    });

    it('believes no clock that says it was before it was written, or after it was told', async () => {
      const position = `${(await under.nowMs()) - 5_000}-0`;
      await under.board.post(aReport({ position, atMs: 1 }));
      expect((await only()).appliedAtMs(at(position))).toBe(Number(position.split('-')[0]));
      const later = `${(await under.nowMs()) - 4_000}-0`;
      await under.board.post(aReport({ ...aReport(), position: later, atMs: 9e15, instance: aReport().instance }));
      const [, ahead] = (await under.other.read()).validators;
      expect(ahead?.appliedAtMs(at(later))).toBeLessThanOrEqual((await under.nowMs()) + 1_000);
    });

    it('follows a validator into another life of the feed', async () => {
      const first = aReport({ position: '9000-0' });
      await under.board.post(first);
      await under.board.post(aReport({ instance: first.instance, epoch: 'e2', position: '100-0' }));
      const seen = await only();
      expect(seen.place).toEqual(at('100-0', 'e2'));
      expect(seen.appliedAtMs(at('100-0', 'e2'))).toBe(105);
      expect(seen.appliedAtMs(at('100-0', 'e1'))).toBeUndefined();
    });

    it('no longer expects one that has been silent for its life, and forgets it later', async () => {
      const report = aReport();
      await under.board.post(report);
      await under.elapse(RECEIPT_LIFE_MS - 5_000);
      expect((await only()).expected).toBe(true);
      await under.elapse(10_000);
      expect((await only()).expected).toBe(false);
      await under.board.post(next(report, { position: '2000-0' }));
      expect((await only()).expected).toBe(true);
      await under.elapse(RECEIPT_LIFE_MS * 11);
      expect((await under.other.read()).validators).toEqual([]);
    });

    it('lets one go that says goodbye', async () => {
      const report = aReport();
      await under.board.post(report);
      await under.board.post(next(report, { leaving: true }));
      expect((await under.other.read()).validators).toEqual([]);
    });

    it('has room for so many, and nobody who is there has to go for a newcomer', async () => {
      const { board, other, elapse } = await make({ maxPerMode: 3 });
      const there = [aReport(), aReport(), aReport()];
      for (const report of there.slice(0, 2)) await board.post(report);
      expect((await other.read()).full).toBe(false);
      await board.post(there[2] as ValidatorReport);
      for (let i = 0; i < 50; i++) await expect(board.post(aReport())).rejects.toThrow(TooManyValidators);
      for (const report of there) await board.post(next(report, { position: '2000-0' }));
      const reading = await other.read();
      expect(reading.full).toBe(true);
      expect(reading.validators.map(({ place }) => place.position)).toEqual(there.map(() => '2000-0'));

      await elapse(RECEIPT_LIFE_MS + 5_000);
      await board.post(aReport({ service: 'newcomer' }));
      const later = await other.read();
      expect(later.full).toBe(false);
      expect(later.validators.map(({ service }) => service)).toContain('newcomer');
    });

    it('lets nobody who reports over HTTP speak for, or crowd out, those who do not', async () => {
      const { board, other } = await make({ maxPerMode: 2 });
      const behind = aReport({ position: '10-0' });
      await board.post(behind);
      await board.post({ ...behind, mode: 'sse', position: '9000-0', atMs: 9_005 });
      await board.post({ ...behind, mode: 'sse', leaving: true });
      await board.post(aReport({ mode: 'sse' }));
      await board.post(aReport({ mode: 'sse' }));
      await expect(board.post(aReport({ mode: 'sse' }))).rejects.toThrow(TooManyValidators);
      await board.post(aReport());
      const { validators } = await other.read();
      expect(validators.filter(({ mode }) => mode === 'redis')).toHaveLength(2);
      expect(validators.find(({ mode }) => mode === 'redis')?.place.position).toBe('10-0');
    });
  });
}
