import { asValidatorReport, decodeReport, encodeReport, RECEIPT_MAX_MARKS, type ValidatorReport } from './receipt.js';

const report: ValidatorReport = {
  instance: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00',
  name: 'orders-7d9f-abcde',
  service: 'orders',
  version: '0.1.0',
  mode: 'redis',
  epoch: 'e1',
  from: '1-0',
  marks: [
    ['2-0', 1_700_000_000_000],
    ['2-1', 1_700_000_000_000],
    ['10-0', 1_700_000_000_009],
  ],
  position: '11-0',
  atMs: 1_700_000_001_000,
  notUnderstood: 0,
  leaving: false,
};

const marksOf = (count: number) => Array.from({ length: count }, (_, i) => [`10-${i + 1}`, 7] as const);

describe('a report of a validator', () => {
  it('comes back as it was sent', () => {
    expect(decodeReport(encodeReport(report))).toEqual(report);
  });

  it('may say that nothing has happened, that nobody named the service, and that this was all', () => {
    const quiet = { ...report, from: '11-0', marks: [], service: '', leaving: true };
    expect(decodeReport(encodeReport(quiet))).toEqual(quiet);
  });

  it('leaves out what it does not know, so that it stays small wherever it is kept', () => {
    expect(asValidatorReport({ ...report, more: 'x'.repeat(1_000) })).toEqual(report);
  });

  it('holds as many marks as allowed and stays within the form’s size', () => {
    expect(decodeReport(encodeReport({ ...report, marks: marksOf(RECEIPT_MAX_MARKS) }))).toBeDefined();
  });

  it.each<[string, Record<string, unknown>]>([
    ['an instance that is no UUID', { instance: 'me' }],
    ['an instance in capitals', { instance: report.instance.toUpperCase() }],
    ['no instance', { instance: undefined }],
    ['a name with a line end', { name: 'a\nb' }],
    ['a name that does not end', { name: 'x'.repeat(65) }],
    ['no name', { name: '' }],
    ['a service that is markup', { service: '<script>' }],
    ['a version that is an object', { version: {} }],
    ['a mode nobody has', { mode: 'telepathy' }],
    ['an empty epoch', { epoch: '' }],
    ['an epoch with space', { epoch: 'a b' }],
    ['a place that is no position', { position: '11' }],
    ['a place before the last one', { position: '0-1', marks: [] }],
    ['a start that is none', { from: -1 }],
    ['no time', { atMs: undefined }],
    ['a time before time', { atMs: -1 }],
    ['a time that is no number', { atMs: '1700000000000' }],
    ['a time that is not whole', { atMs: 1.5 }],
    ['marks that are none', { marks: 'many' }],
    ['a mark that is none', { marks: [['2-0']] }],
    ['a mark of three', { marks: [['2-0', 1, 1]] }],
    ['a mark before the start', { marks: [['1-0', 1]] }],
    ['a mark past the end', { marks: [['12-0', 1]] }],
    ['marks out of order', { marks: [...report.marks].reverse() }],
    ['the same mark twice', { marks: [report.marks[0], report.marks[0]] }],
    [
      'times that go back',
      {
        marks: [
          ['2-0', 2],
          ['3-0', 1],
        ],
      },
    ],
    ['too many marks', { marks: marksOf(RECEIPT_MAX_MARKS + 1) }],
    ['a count below none', { notUnderstood: -1 }],
    ['a farewell that is no yes or no', { leaving: 1 }],
  ])('is none with %s', (_what, change) => {
    expect(asValidatorReport({ ...report, ...change })).toBeUndefined();
  });

  it.each(['', 'x', 'null', '7', '[]', '"text"', '{}', `{"name":"${'x'.repeat(10_000)}"}`])(
    'is none when the text is %.20s',
    (text) => {
      expect(decodeReport(text)).toBeUndefined();
    },
  );
});
