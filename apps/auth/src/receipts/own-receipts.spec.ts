import { SessionStoreUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { ReportRefused } from '@gatehouse/session-validator';
import { aReport } from '../../test/reports.js';
import { MemoryReceiptBoard } from './adapters/memory-receipt-board.js';
import { ListValidators } from './list-validators.js';
import { OwnReceipts } from './own-receipts.js';

const report = aReport({ mode: 'in-process' });

/** A board that fails as the test says. */
class FailingBoard extends MemoryReceiptBoard {
  constructor(private readonly failure: Error) {
    super(new FakeClock());
  }
  override post(): Promise<void> {
    return Promise.reject(this.failure);
  }
}

describe('the validator of the auth service itself', () => {
  it('reports like every other', async () => {
    const board = new MemoryReceiptBoard(new FakeClock());
    const own = new OwnReceipts(board);
    expect(await own.report(report)).toBe(true);
    expect((await board.read()).validators).toMatchObject([{ mode: own.mode, place: { position: report.position } }]);
  });

  it('says it again when the store is back, without a word', async () => {
    const away = new OwnReceipts(new FailingBoard(new SessionStoreUnavailable('switched off by the test')));
    expect(await away.report(report)).toBe(false);
  });

  it('is told when there is no room', async () => {
    const board = new MemoryReceiptBoard(new FakeClock(), { maxPerMode: 1 });
    await board.post(aReport({ mode: 'in-process' }));
    await expect(new OwnReceipts(board).report(report)).rejects.toThrow(ReportRefused);
  });

  it('hides no fault of ours', async () => {
    const broken = new OwnReceipts(new FailingBoard(new TypeError('a mistake')));
    await expect(broken.report(report)).rejects.toThrow(TypeError);
  });
});

describe('the list of validators', () => {
  const end = { epoch: 'e1', position: '10500-3' };
  const list = async (...positions: [epoch: string, position: string][]) => {
    const board = new MemoryReceiptBoard(new FakeClock());
    for (const [epoch, position] of positions) await board.post(aReport({ epoch, position }));
    return (given: typeof end | undefined) => new ListValidators(board, () => given).run();
  };

  it('tells how far each is behind the end of the feed', async () => {
    const ask = await list(['e1', '10500-3'], ['e1', '9000-0'], ['e1', '10501-0'], ['e0', '10500-3']);
    const { validators, feed } = await ask(end);
    expect(feed).toBe(end);
    expect(validators.map(({ lagMs }) => lagMs)).toEqual([0, 1_500, 0, undefined]);
  });

  it('does not guess before the feed has been read', async () => {
    const ask = await list(['e1', '9000-0']);
    expect((await ask(undefined)).validators.map(({ lagMs }) => lagMs)).toEqual([undefined]);
  });
});
