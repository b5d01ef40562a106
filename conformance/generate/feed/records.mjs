// Records and announcements that cannot be read.
import { WHO } from './tokens.mjs';
import { entry, following, noticeText, script, stored } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);
const BOB = entry('sid', WHO.bobSession);

/** Fields of a record whose place can be read and whose entry cannot. */
const UNREADABLE = [
  ['version', 'another version', { v: '2' }],
  ['entry-text', 'an entry that is no JSON', { entry: '{' }],
  ['entry-null', 'an entry that is null', { entry: 'null' }],
  ['entry-list', 'an entry that is a list', { entry: '[]' }],
  ['entry-scope', 'an entry without scope', { entry: JSON.stringify({ ...ALICE, scope: undefined }) }],
  ['entry-value', 'an entry whose value is a number', { entry: JSON.stringify({ ...ALICE, value: 42 }) }],
  ['entry-cutoff', 'an entry whose cut-off is text', { entry: JSON.stringify({ ...ALICE, cutoff: '0' }) }],
  ['entry-until', 'an entry without end', { entry: JSON.stringify({ ...ALICE, untilMs: null }) }],
  ['entry-empty', 'an empty entry', { entry: '' }],
];

const inTheLog = () =>
  UNREADABLE.map(([id, title, fields]) => {
    const { writer, script: s } = script(
      `unreadable/${id}`,
      ['F9'],
      `${title}: it keeps its place and is no heartbeat`,
    );
    const unreadable = writer.record(BOB);
    s.append(stored(unreadable, fields)).start();
    s.expect({ complete: false, at: unreadable }, [], [['bob', 'FEED_STALE']]);
    const [next, beat] = [writer.record(ALICE), writer.beat()];
    s.told(next).expect(
      { complete: false, at: next },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'FEED_STALE'],
      ],
    );
    return s.told(beat).expect(
      { at: beat, age: 0 },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'accepted'],
      ],
    );
  });

/** The next record may name as its `previous` the last of ours, or what lies in the log. */
const foreign = () =>
  [false, true].map((named) => {
    const title = `a record of somebody else in the log is passed over; the next ${named ? 'names it' : 'does not'}`;
    const { writer, script: s, last } = following(`foreign-${named ? 'named' : 'ignored'}`, ['F9'], title);
    const { position } = writer.record();
    if (!named) writer.fallBackTo(last);
    s.append({ id: position, fields: { hello: 'world' } })
      .read()
      .expect({ at: last, age: 0 }, [], [['alice', 'accepted']]);
    s.wait(6_000).read();
    const [next, beat] = [writer.record(ALICE), writer.beat()];
    return s.told(next, beat).expect(
      { at: beat, age: [0, 10] },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'accepted', 'closed'],
      ],
    );
  });

/** An announcement that cannot be read says only that there is something to read. */
const announced = () => {
  const broken = (record) => [
    ['text', 'a word', 'x'],
    ['empty', 'the empty text', ''],
    ['null', 'null', 'null'],
    ['list', 'a list', '[]'],
    ['token', 'the id of a session, as a simpler writer would send it', WHO.aliceSession],
    ['version', 'another version', noticeText(record).replace('"v":1', '"v":2')],
    ['position', 'a position that is none', noticeText({ ...record, position: 'now' })],
    ['epoch', 'an empty epoch', noticeText({ ...record, epoch: '' })],
    ['entry', 'an entry that cannot be read', noticeText(record).replace('"cutoff":0', '"cutoff":"0"')],
  ];
  return broken({ position: '1-0', previous: '0-0', epoch: 'e', entry: ALICE }).map(([id, title], n) => {
    const { writer, script: s } = following(`notice/${id}`, ['F9', 'F3'], `announced as ${title}: the log tells`);
    const record = writer.record(ALICE);
    s.append(record).notice(broken(record)[n][2]);
    return s.expect(
      { at: record, age: 0 },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'accepted'],
      ],
    );
  });
};

function noHole() {
  const { writer, script: s } = following('no-hole', ['F9', 'F3'], 'one that cannot be read is no hole for the next');
  const [unreadable, next] = [writer.record(BOB), writer.record(ALICE)];
  s.append(stored(unreadable, { v: '2' }))
    .notice('x')
    .cut()
    .told(next)
    .wait(1_000);
  const last = writer.beat();
  return s.told(last).expect(
    { at: last, age: [0, 1_000] },
    [ALICE],
    [
      ['alice', 'SESSION_REVOKED'],
      ['bob', 'accepted'],
    ],
  );
}

export const recordTranscripts = () => [...inTheLog(), ...foreign(), ...announced(), noHole()];
