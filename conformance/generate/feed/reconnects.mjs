// Connections that come back, places that are gone, and new lives of the log: what is known is never taken back.
import { WHO } from './tokens.mjs';
import { entry, following, script, Transcript, Writer } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);
const BOB = entry('sid', WHO.bobSession);
const ELSEWHERE = entry('sid', WHO.aliceOtherSession);

const ended = (...tokens) => tokens.map((token) => [token, 'SESSION_REVOKED']);
const open = (...tokens) => tokens.map((token) => [token, 'accepted']);
const unknown = (...tokens) => tokens.map((token) => [token, 'FEED_STALE']);

const reconnects = [
  () => {
    const { writer, script: s } = following(
      'reconnect',
      ['F5'],
      'what was written while it was cut off is read, and before that the last list is enforced',
    );
    const known = writer.record(BOB);
    s.told(known).cut();
    const missed = [writer.record(ALICE), writer.beat(), writer.record(ELSEWHERE)];
    s.append(...missed)
      .wait(10_000)
      .expect({ at: known, age: 10_000 }, [BOB], [...ended('bob'), ...open('alice')]);
    s.heal().expect(
      { at: missed[2], age: 10_000 },
      [ALICE, BOB, ELSEWHERE],
      [...ended('alice', 'bob', 'alice-elsewhere'), ...open('carol')],
    );
    return s;
  },
  () => {
    const { writer, script: s } = following(
      'trimmed',
      ['F7'],
      'when its place was trimmed away, what is left is read from the start and merged',
    );
    const known = writer.record(BOB);
    s.told(known).cut();
    const missed = [writer.record(ALICE), writer.beat()];
    s.append(...missed)
      .trim(2)
      .heal();
    return s.expect({ at: missed[1], age: 0 }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const { writer, script: s } = following('trimmed-empty', ['F7', 'F1'], 'a log that was emptied takes nothing back');
    const known = writer.record(BOB);
    s.told(known).trim(0).read().wait(1_000);
    return s.expect(
      { at: { epoch: known.epoch, position: '0-0' }, age: 1_000 },
      [BOB],
      [...ended('bob'), ...open('alice')],
    );
  },
  () => {
    const { writer, script: s } = following(
      'failover',
      ['F7'],
      'a failover that lost the last writes takes nothing back either',
    );
    const [kept, lost] = [writer.record(BOB), writer.record(ALICE)];
    s.told(kept, lost).rollBack(1);
    writer.fallBackTo(kept);
    const next = writer.record(ELSEWHERE);
    return s
      .told(next)
      .expect(
        { at: next, age: 0 },
        [ALICE, BOB, ELSEWHERE],
        [...ended('alice', 'bob', 'alice-elsewhere'), ...open('carol')],
      );
  },
  () => {
    const { script: s } = following('failover-back', ['F7'], 'nor one after which the ids begin lower than before');
    const old = new Writer(s, 'epoch-1', -3_600_000);
    const [beat, record] = [old.beat(), old.record(ALICE)];
    s.trim(0).append(beat).told(record);
    // An id below ours looks like one told twice: its entry counts, and the next reading finds the place gone.
    s.read();
    return s.expect({ at: record, age: 0 }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
];

const lives = [
  () => {
    const { writer, script: s } = following(
      'new-life',
      ['F6'],
      'in a new life of the log everything known stays, and only its heartbeat proves anything',
    );
    const known = writer.record(BOB);
    s.told(known).trim(0).wait(3_000);
    const second = new Writer(s, 'epoch-2');
    const replayed = second.record(ALICE);
    s.told(replayed).expect({ at: replayed, age: 3_000 }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
    s.wait(1_000).expect(
      { at: replayed, age: 4_000 },
      [ALICE, BOB],
      [
        ['alice-elsewhere', 'accepted'],
        ['alice-elsewhere', 'accepted', 'closed'],
      ],
    );
    const beat = second.beat();
    return s
      .told(beat)
      .expect({ at: beat, age: [0, 1_000] }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const { script: s } = following('new-life-cut', ['F6', 'F7'], 'also when it began while the validator was cut off');
    const second = new Writer(s, 'epoch-2');
    const replayed = [second.record(ALICE), second.record(BOB), second.beat()];
    s.cut()
      .trim(0)
      .append(...replayed)
      .heal();
    return s.expect({ at: replayed[2], age: 0 }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const { writer, script: s } = following(
      'new-life-behind',
      ['F6'],
      'a new life may begin behind the records of the one before, when the writer finds some missing',
    );
    const known = writer.record(BOB);
    s.told(known).wait(3_000);
    const second = new Writer(s, 'epoch-2').behind(known);
    const replayed = second.record(ALICE);
    s.told(replayed).expect({ at: replayed, age: 3_000 }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
    const [next, beat] = [second.record(ELSEWHERE), second.beat()];
    return s
      .told(next, beat)
      .expect(
        { at: beat, age: [0, 3_000] },
        [ALICE, BOB, ELSEWHERE],
        [...ended('alice', 'bob', 'alice-elsewhere'), ...open('carol')],
      );
  },
  () => {
    const { writer, script: s } = following(
      'new-life-behind-cut',
      ['F5', 'F6'],
      'also when it began while the validator was cut off',
    );
    const known = writer.record(BOB);
    s.told(known).cut();
    const second = new Writer(s, 'epoch-2').behind(known);
    const replayed = [second.record(ALICE), second.beat(), second.record(ELSEWHERE)];
    s.append(...replayed).heal();
    s.expect(
      { at: replayed[2], age: 0 },
      [ALICE, BOB, ELSEWHERE],
      [...ended('alice', 'bob', 'alice-elsewhere'), ...open('carol')],
    );
    return s;
  },
  () => {
    const { writer, script: s } = script(
      'start-in-two-lives',
      ['F1', 'F6'],
      'who starts with two lives in the log waits for a heartbeat of the later, and holds the entries of both',
    );
    const first = [writer.record(BOB), writer.beat()];
    const second = new Writer(s, 'epoch-2').behind(first[1]);
    const replayed = second.record(ALICE);
    s.append(...first, replayed)
      .start()
      .expect({ complete: false, at: replayed }, [ALICE, BOB], [...ended('alice', 'bob'), ...unknown('carol')]);
    const beat = second.beat();
    return s
      .append(beat)
      .read()
      .expect({ at: beat, age: [0, null] }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const { writer, script: s } = script('new-life-same-ids', ['F6'], 'the same ids in another life are other records');
    const beat = writer.beat();
    const second = new Writer(s, 'epoch-2');
    const other = [second.record(ALICE), second.beat()];
    s.append(beat)
      .start()
      .trim(0)
      .append(...other)
      .read();
    return s.expect({ at: other[1], age: [0, null] }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
  () => {
    const s = new Transcript(
      'start-in-replay',
      ['F1', 'F6'],
      'who starts while a new life is being filled waits for its heartbeat',
    );
    const second = new Writer(s, 'epoch-2');
    const replayed = second.record(ALICE);
    s.append(replayed)
      .start()
      .expect({ complete: false, at: replayed }, [ALICE], [...ended('alice'), ...unknown('bob')]);
    const beat = second.beat();
    return s.append(beat).read().expect({ at: beat, age: 0 }, [ALICE], open('bob'));
  },
];

export const reconnectTranscripts = () => [...reconnects, ...lives].map((make) => make());
