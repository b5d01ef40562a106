import { comparePositions, decodeNotice, encodeNotice, type FeedRecord } from './feed.js';
import { revocationUntilMs, type RevocationEntry } from './revocation.js';

const entry: RevocationEntry = {
  id: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00',
  scope: 'sid',
  value: 'a'.repeat(64),
  cutoff: 0,
  untilMs: 1_800_000_000_000,
  reason: 'user_signout',
};
const record: FeedRecord = { position: '1700000000000-1', previous: '1700000000000-0', epoch: 'e1', entry };

describe('a notice of the feed', () => {
  it('comes back as it was sent', () => {
    expect(decodeNotice(encodeNotice(record))).toEqual(record);
  });

  it('comes back without an entry when it is a heartbeat', () => {
    const heartbeat: FeedRecord = { position: '2-0', previous: '1-0', epoch: 'e1' };
    expect(decodeNotice(encodeNotice(heartbeat))).toEqual(heartbeat);
  });

  it('is no heartbeat when it is passed on by somebody who could not read it', () => {
    const { entry: _unread, ...place } = record;
    const text = encodeNotice({ ...place, unreadable: true });
    expect([decodeNotice(text), JSON.parse(text)]).toEqual([undefined, { v: 1, ...place, entry: null }]);
  });

  it.each([0, 180, Number.POSITIVE_INFINITY])(
    'comes back with its lag, where it was carried from elsewhere: %s',
    (lagMs) => {
      expect(decodeNotice(encodeNotice({ ...record, lagMs }))).toEqual({ ...record, lagMs });
    },
  );

  it.each([-1, 1.5, '', 'soon', null, {}])('proves nothing about when, if its lag is %p', (lag) => {
    const text = JSON.stringify({ v: 1, position: '2-0', previous: '1-0', epoch: 'e1', lag });
    expect(decodeNotice(text)?.lagMs).toBe(Number.POSITIVE_INFINITY);
  });

  it.each([
    ['not JSON', 'x'],
    ['null', 'null'],
    ['an array', '[]'],
    ['another version', JSON.stringify({ v: 2, position: '1-0', previous: '0-0', epoch: 'e' })],
    ['no position', JSON.stringify({ v: 1, previous: '0-0', epoch: 'e' })],
    ['a position that is no position', JSON.stringify({ v: 1, position: '1', previous: '0-0', epoch: 'e' })],
    ['an empty epoch', JSON.stringify({ v: 1, position: '1-0', previous: '0-0', epoch: '' })],
    [
      'a broken entry',
      JSON.stringify({ v: 1, position: '1-0', previous: '0-0', epoch: 'e', entry: { ...entry, cutoff: '0' } }),
    ],
  ])('is nothing when it is %s, so that the reader looks at the log', (_what, text) => {
    expect(decodeNotice(text)).toBeUndefined();
  });

  it('keeps an entry whose scope a newer writer invented', () => {
    const text = JSON.stringify({
      v: 1,
      position: '1-0',
      previous: '0-0',
      epoch: 'e',
      entry: { ...entry, scope: 'planet' },
    });
    expect(decodeNotice(text)?.entry?.scope).toBe('planet');
  });
});

describe('positions', () => {
  it.each([
    ['1-0', '2-0', -1],
    ['2-0', '1-9', 1],
    ['10-2', '10-10', -1],
    ['1700000000000-3', '1700000000000-3', 0],
  ])('%s against %s', (a, b, sign) => {
    expect(Math.sign(comparePositions(a, b))).toBe(sign);
  });
});

it('an entry outlives the longest token by the tolerance and a margin', () => {
  expect(revocationUntilMs(0, 900)).toBe((900 + 60 + 60) * 1000);
});
