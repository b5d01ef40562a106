import {
  ACTIVITY_MAX_ADDRESSES,
  ACTIVITY_MAX_CHARACTERS,
  ACTIVITY_MAX_REQUESTS,
  ACTIVITY_MAX_SESSIONS,
  asActivityBatch,
  decodeActivity,
  encodeActivity,
  type ActivityBatch,
  type ReportedActivity,
} from './activity.js';

const session: ReportedActivity = {
  userId: 456,
  sessionId: 'a'.repeat(64),
  requests: 12,
  agoMs: 1_500,
  ipAddresses: ['192.0.2.1', '2001:db8::1'],
};
const batch: ActivityBatch = { instance: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00', batch: 7, sessions: [session] };
const sessionsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ ...session, sessionId: i.toString(16).padStart(64, '0') }));

describe('a batch of activity', () => {
  it('comes back as it was sent', () => {
    expect(decodeActivity(encodeActivity(batch))).toEqual(batch);
    const plain = { ...batch, sessions: [{ ...session, agoMs: 0, ipAddresses: [] }] };
    expect(decodeActivity(encodeActivity(plain))).toEqual(plain);
  });

  it('leaves out what it does not know', () => {
    const more = { ...batch, more: 'x', sessions: [{ ...session, token: 'x' }] };
    expect(asActivityBatch(more)).toEqual(batch);
  });

  it('holds as many sessions as allowed', () => {
    const full = { ...batch, sessions: sessionsOf(ACTIVITY_MAX_SESSIONS) };
    expect(decodeActivity(encodeActivity(full))).toEqual(full);
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a list', [batch]],
    ['no instance', { ...batch, instance: undefined }],
    ['an instance in capitals', { ...batch, instance: batch.instance.toUpperCase() }],
    ['no number', { ...batch, batch: undefined }],
    ['a number before the first', { ...batch, batch: 0 }],
    ['a number that is not whole', { ...batch, batch: 1.5 }],
    ['a number as text', { ...batch, batch: '7' }],
    ['no sessions', { ...batch, sessions: [] }],
    ['sessions that are none', { ...batch, sessions: 'all' }],
    ['too many sessions', { ...batch, sessions: sessionsOf(ACTIVITY_MAX_SESSIONS + 1) }],
    ['a session twice', { ...batch, sessions: [session, session] }],
    ...Object.entries({
      'a user that is text': { userId: '456' },
      'a user below one': { userId: 0 },
      'a session id in capitals': { sessionId: 'A'.repeat(64) },
      'a session id that goes on': { sessionId: 'a'.repeat(65) },
      'no requests': { requests: 0 },
      'requests that are taken away': { requests: -1 },
      'more requests than anybody can make': { requests: ACTIVITY_MAX_REQUESTS + 1 },
      'requests without number': { requests: Number.POSITIVE_INFINITY },
      'a time to come': { agoMs: -1 },
      'a time long past': { agoMs: 86_400_001 },
      'an address that is markup': { ipAddresses: ['<b>'] },
      'an address with a line end': { ipAddresses: ['192.0.2.1\n'] },
      'addresses that are objects': { ipAddresses: [{}] },
      'too many addresses': { ipAddresses: Array.from({ length: ACTIVITY_MAX_ADDRESSES + 1 }, () => '::1') },
      'no addresses': { ipAddresses: undefined },
    }).map(([name, change]): [string, unknown] => [name, { ...batch, sessions: [{ ...session, ...change }] }]),
  ])('is none with %s', (_what, raw) => {
    expect(asActivityBatch(raw)).toBeUndefined();
  });

  it.each(['', '{', 'null', '[]', '"x"', ' '.repeat(ACTIVITY_MAX_CHARACTERS) + encodeActivity(batch)])(
    'is not read out of a text that is none',
    (text) => {
      expect(decodeActivity(text)).toBeUndefined();
    },
  );
});
