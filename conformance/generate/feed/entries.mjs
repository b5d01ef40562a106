// Entries of scopes nobody knows, odd values, and how long an entry is kept.
import { NOW } from '../claims.mjs';
import { WHO } from './tokens.mjs';
import { entry, following, noticeText, stored, UNTIL_MS } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);
const BOB = entry('sid', WHO.bobSession);

function unknownScopes() {
  const { writer, script: s } = following(
    'unknown-scope',
    ['F8'],
    'an entry of an unknown scope ends nothing and keeps its place',
  );
  const planets = ['planet', '', 'constructor', '__proto__', 'SID'].map((scope) =>
    writer.record(entry(scope, WHO.aliceSession)),
  );
  const next = writer.record(BOB);
  s.told(...planets).expect(
    { at: planets.at(-1), age: 0 },
    [],
    [
      ['alice', 'accepted'],
      ['bob', 'accepted'],
    ],
  );
  return s.told(next).expect(
    { at: next, age: 0 },
    [BOB],
    [
      ['alice', 'accepted'],
      ['bob', 'SESSION_REVOKED'],
    ],
  );
}

function unknownReason() {
  const { writer, script: s } = following(
    'unknown-reason',
    ['F8'],
    'an unknown reason and unknown members change nothing',
  );
  const record = writer.record({ ...ALICE, reason: 'sunspots', x: 1 });
  return s.told(record).expect(
    { at: record, age: 0 },
    [ALICE],
    [
      ['alice', 'SESSION_REVOKED'],
      ['bob', 'accepted'],
    ],
  );
}

/** Some encoders write great numbers so: Lua's does. */
function numberSpelling() {
  const { writer, script: s } = following('number-spelling', ['F2', 'J10'], 'a number is its value: 1.7672254e9');
  const [told, read] = [writer.record(entry('before', '*', { cutoff: 1_767_225_400 })), writer.record(ALICE)];
  const spelt = (text) => text.replace('1767225400', '1.7672254e9').replace('"cutoff":0', '"cutoff":0.0');
  const { id, fields } = stored(read);
  s.append(told)
    .notice(spelt(noticeText(told)))
    .append({ id, fields: { ...fields, entry: spelt(fields.entry) } });
  return s.read().expect(
    { at: read, age: 0 },
    [ALICE, told.entry],
    [
      ['alice', 'SESSION_REVOKED'],
      ['bob', 'accepted'],
    ],
  );
}

function oddValues() {
  const { writer, script: s } = following('odd-values', ['F8', 'F10'], 'a value is a value, whatever it is called');
  const odd = ['__proto__', 'constructor', '', ' ', 'ü'].map((value) => entry('jti', value));
  const all = [...odd, ALICE];
  const records = all.map((each) => writer.record(each));
  return s.told(...records).expect({ at: records.at(-1), age: 0 }, all, [
    ['alice', 'SESSION_REVOKED'],
    ['bob', 'accepted'],
  ]);
}

function kept() {
  const { writer, script: s } = following(
    'kept',
    ['F13'],
    'an entry is kept to its end, and may be forgotten after it',
  );
  const record = writer.record(ALICE);
  const waited = UNTIL_MS - NOW * 1000;
  s.told(record)
    .wait(600_000)
    .expect(
      { at: record, age: 600_000 },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'accepted'],
      ],
    );
  s.wait(waited - 600_000).expect({ at: record, age: waited }, [ALICE], [['alice', 'TOKEN_EXPIRED']]);
  return s
    .wait(60_000)
    .expect({ at: record, age: waited + 60_000 }, [{ ...ALICE, optional: true }], [['alice', 'TOKEN_EXPIRED']]);
}

export const entryTranscripts = () => [unknownScopes(), unknownReason(), numberSpelling(), oddValues(), kept()];
