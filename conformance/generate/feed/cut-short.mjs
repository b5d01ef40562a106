// A log from which records were dropped that may still matter: to who has not seen them, it proves nothing.
import { NOW } from '../claims.mjs';
import { WHO } from './tokens.mjs';
import { entry, following, script, Writer } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);
const BOB = entry('sid', WHO.bobSession);
const STALE = 'FEED_STALE';

/** Longest token life of the bundle and the clock tolerance: longer ago than that, a revocation concerns no token. */
const MATTERS_MS = (900 + 30) * 1000;

/** A log whose first record names one that is not there and was written so long before it. */
function missing(id, title, agoMs) {
  const { writer, script: s } = script(id, ['F14', 'F1'], title);
  writer.previous = `${NOW * 1000 - agoMs}-0`;
  return { writer, s };
}

function recent() {
  const { writer, s } = missing(
    'recent',
    'who starts with a log that was cut short a moment ago has no list, until what was cut concerns no token',
    5_000,
  );
  const records = [writer.record(ALICE), writer.beat()];
  s.append(...records).start();
  s.expect(
    { complete: false, at: records[1] },
    [ALICE],
    [
      ['alice', 'SESSION_REVOKED'],
      ['bob', STALE],
    ],
  );
  const beat = writer.beat();
  s.told(beat)
    .expect({ complete: false, at: beat }, [ALICE], [['bob', STALE]])
    .wait(MATTERS_MS);
  const late = writer.beat();
  return s
    .told(late)
    .read()
    .expect({ at: late, age: [0, null] }, [{ ...ALICE, optional: true }], [['bob-later', 'accepted']]);
}

function justBefore() {
  const { writer, s } = missing('edge', 'to the millisecond', MATTERS_MS);
  const first = writer.beat();
  s.append(first)
    .start()
    .expect({ complete: false, at: first }, [], [['bob', STALE]])
    .wait(1);
  const beat = writer.beat();
  return s
    .told(beat)
    .read()
    .expect({ at: beat, age: [0, null] }, [], [['bob', 'accepted']]);
}

function old() {
  const { writer, s } = missing(
    'old',
    'what was trimmed because it is too old to matter is not missed',
    MATTERS_MS + 1,
  );
  const records = [writer.record(ALICE), writer.beat()];
  return s
    .append(...records)
    .start()
    .expect(
      { at: records[1] },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'accepted'],
      ],
    );
}

function inTheMiddle() {
  const title = 'a record that is missing in the middle is missed as well, until a new life makes it good';
  const { writer, script: s } = script('middle', ['F14', 'F1', 'F6'], title);
  const [first, missed, beat] = [writer.beat(), writer.record(BOB), writer.beat()];
  s.append(first, beat)
    .start()
    .expect({ complete: false, at: beat }, [], [['bob', STALE]]);
  const second = new Writer(s, 'epoch-2');
  const [replayed, proof] = [second.record(missed.entry), second.beat()];
  // The heartbeat of the life before vouches for nothing in this one.
  s.trim(0)
    .append(replayed)
    .read()
    .expect(
      { complete: false, at: replayed },
      [BOB],
      [
        ['bob', 'SESSION_REVOKED'],
        ['carol', STALE],
      ],
    );
  return s
    .append(proof)
    .read()
    .expect({ at: proof, age: [0, null] }, [BOB], [['carol', 'accepted']]);
}

function whileAway() {
  const { writer, script: s } = following(
    'away',
    ['F14', 'F7', 'F12'],
    'who lost its place to it keeps its list, and nothing proves that younger',
  );
  const [missed, left] = [writer.record(BOB), writer.record(ALICE)];
  s.cut().append(missed, left).trim(1).heal().wait(6_000);
  const beat = writer.beat();
  s.told(beat)
    .read()
    .expect(
      { at: beat, age: 6_000 },
      [ALICE],
      [
        ['alice', 'SESSION_REVOKED'],
        ['bob', 'accepted'],
        ['bob', STALE, 'closed'],
      ],
    );
  // The writer begins a new life and replays all that matters.
  const second = new Writer(s, 'epoch-2');
  const replayed = [second.record(ALICE), second.record(BOB)];
  s.trim(0).told(...replayed);
  const proof = second.beat();
  return s.told(proof).expect({ at: proof, age: 0 }, [ALICE, BOB], [['bob', 'SESSION_REVOKED', 'closed']]);
}

function forked() {
  const { writer, script: s } = script(
    'forked',
    ['F14', 'F1'],
    'two records that name the same one before them leave nothing missing: what they name was read',
  );
  const [first, one] = [writer.beat(), writer.record(ALICE)];
  const records = [first, one, writer.fallBackTo(first).record(BOB), writer.beat()];
  s.append(...records).start();
  return s.expect(
    { at: records[3] },
    [ALICE, BOB],
    [
      ['alice', 'SESSION_REVOKED'],
      ['bob', 'SESSION_REVOKED'],
      ['carol', 'accepted'],
    ],
  );
}

export const cutShortTranscripts = () => [recent(), justBefore(), old(), inTheMiddle(), whileAway(), forked()];
