// What proves a list younger, and what does not.
import { WHO } from './tokens.mjs';
import { BOUNDED, bob, OK, STALE } from './policies.mjs';
import { entry, following, script, Writer } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);

function neverProven() {
  const { writer, script: s } = script('history', ['F12'], 'a heartbeat found in the first reading may be of any age');
  const beat = writer.beat();
  s.append(beat)
    .wait(3_600_000)
    .setClock(-3_600_000)
    .start()
    .expect({ at: beat }, [], bob(OK, STALE, STALE));
  return s.read().expect({ at: beat }, [], bob(OK, STALE, STALE));
}

function byReading() {
  const { writer, script: s } = following(
    'by-reading',
    ['F12'],
    'a heartbeat that was read was written after the reading before',
  );
  const written = (waitMs) => {
    s.wait(waitMs);
    const beat = writer.beat();
    s.append(beat);
    return beat;
  };
  const first = written(2_000);
  s.read().expect({ at: first, age: [0, 2_000] }, [], bob(OK, OK, OK));
  const second = written(3_000);
  s.read().expect({ at: second, age: [0, 3_000] }, [], bob(OK, OK, OK));
  s.wait(1_500)
    .read()
    .expect({ at: second, age: [1_500, 4_500] }, [], bob(OK, OK, OK));
  const third = written(1_000);
  s.read().expect({ at: third, age: [0, 1_000] }, [], bob(OK, OK, OK));
  return s.wait(5_001).expect({ at: third, age: [5_001, 6_001] }, [], bob(OK, OK, STALE));
}

function readLate() {
  const { writer, script: s } = following(
    'read-late',
    ['F12'],
    'it is as old as when it was written, not as when it was read',
  );
  s.wait(1_000);
  const beat = writer.beat();
  s.append(beat)
    .wait(8_000)
    .read()
    .expect({ at: beat, age: [8_000, 9_000] }, [], bob(OK, OK, STALE));
  return s
    .wait(30_000)
    .read()
    .expect({ at: beat, age: [38_000, 39_000] }, [], bob(OK, STALE, STALE));
}

/** With clocks that agree, and with a writer whose clock is an hour off. */
const toldLate = () =>
  [0, 3_600_000, -3_600_000].map((skewMs) => {
    const title = `nor as when it arrived, having lain in a socket; the clock of the writer is ${skewMs / 1000} s ahead`;
    const { writer, script: s } = following(`told-late-${skewMs / 1000}`, ['F12'], title, skewMs);
    s.wait(1_000);
    const beat = writer.beat();
    s.append(beat)
      .wait(60_000)
      .notice(beat)
      .expect({ at: beat, age: [60_000, 61_000] }, [], bob(OK, STALE, STALE));
    s.read();
    const next = writer.beat();
    return s.told(next).expect({ at: next, age: [0, 10] }, [], bob(OK, OK, OK));
  });

function entriesProveNothing() {
  const { writer, script: s } = following('entries', ['F12'], 'entries prove nothing, told or read');
  const other = entry('jti', 'x');
  const told = writer.record(ALICE);
  s.wait(4_000)
    .told(told)
    .expect({ at: told, age: 4_000 }, [ALICE], bob(OK, OK, OK))
    .wait(2_000);
  const read = writer.record(other);
  return s
    .append(read)
    .read()
    .expect({ at: read, age: 6_000 }, [ALICE, other], bob(OK, OK, STALE));
}

function beatBehindHole() {
  const {
    writer,
    script: s,
    last,
  } = following(
    'beat-behind-hole',
    ['F12', 'F3'],
    'a heartbeat behind a hole proves nothing before the hole is filled',
  );
  s.cut().wait(6_000);
  const [lost, beat] = [writer.record(ALICE), writer.beat()];
  s.append(lost)
    .told(beat)
    .expect({ at: last, age: 6_000 }, [], bob(OK, OK, STALE));
  s.heal().expect({ at: beat, age: [0, 6_000] }, [ALICE], [['bob', OK, BOUNDED]]);
  const next = writer.beat();
  return s.told(next).expect({ at: next, age: [0, 10] }, [ALICE], bob(OK, OK, OK));
}

function reconnectAlone() {
  const {
    writer,
    script: s,
    last,
  } = following('reconnect-alone', ['F12', 'F5'], 'a connection that is back makes nothing younger by itself');
  s.cut()
    .wait(40_000)
    .heal()
    .expect({ at: last, age: 40_000 }, [], bob(OK, STALE, STALE));
  const beat = writer.beat();
  // A validator may tell the writer's time by the first record, whose position is a millisecond ahead of the clock.
  return s.told(beat).expect({ at: beat, age: [0, 1] }, [], bob(OK, OK, OK));
}

function beatAgain() {
  const {
    writer,
    script: s,
    last,
  } = following('beat-again', ['F12', 'F4'], 'an old heartbeat that is told again proves nothing');
  s.wait(1_000);
  const beat = writer.beat();
  s.told(beat).wait(6_000).notice(beat).notice(last);
  return s.expect({ at: beat, age: [6_000, 7_000] }, [], bob(OK, OK, STALE));
}

function beatReadAgain() {
  const { writer, script: s } = following(
    'beat-read-again',
    ['F12', 'F7'],
    'nor one that is read again because the place was lost',
  );
  const [kept, lost] = [writer.record(ALICE), writer.record(entry('jti', 'x'))];
  s.told(kept, lost).wait(60_000).read().rollBack(1).wait(1_000).read();
  const both = [ALICE, entry('jti', 'x')];
  s.expect({ at: kept, age: 61_000 }, both, bob(OK, STALE, STALE))
    .wait(1_000)
    .read();
  s.expect({ at: kept, age: 62_000 }, both, bob(OK, STALE, STALE));
  writer.fallBackTo(kept);
  const beat = writer.beat();
  return s
    .append(beat)
    .read()
    .expect({ at: beat, age: 0 }, both, bob(OK, OK, OK));
}

function newLife() {
  const { script: s, last } = following(
    'new-life',
    ['F12', 'F6'],
    'entries of a new life prove nothing, and neither does its emptiness',
  );
  s.trim(0)
    .wait(6_000)
    .read()
    .expect({ at: { epoch: last.epoch, position: '0-0' }, age: 6_000 }, [], bob(OK, OK, STALE));
  const second = new Writer(s, 'epoch-2');
  const replayed = second.record(ALICE);
  s.told(replayed).expect({ at: replayed, age: 6_000 }, [ALICE], bob(OK, OK, STALE));
  const beat = second.beat();
  return s.told(beat).expect({ at: beat, age: 0 }, [ALICE], bob(OK, OK, OK));
}

export const proofTranscripts = () => [
  neverProven(),
  byReading(),
  readLate(),
  ...toldLate(),
  entriesProveNothing(),
  beatBehindHole(),
  reconnectAlone(),
  beatAgain(),
  beatReadAgain(),
  newLife(),
];
