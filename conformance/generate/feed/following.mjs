// Following the log: holes, and records told twice, too late or out of order.
import { WHO } from './tokens.mjs';
import { entry, following, Transcript } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);
const BOB = entry('sid', WHO.bobSession);
const ELSEWHERE = entry('sid', WHO.aliceOtherSession);

const ended = (...tokens) => tokens.map((token) => [token, 'SESSION_REVOKED']);
const open = (...tokens) => tokens.map((token) => [token, 'accepted']);

const scripts = [
  () => {
    const { writer, script: s } = following('told', ['F2'], 'an announced entry counts at once');
    const record = writer.record(ALICE);
    return s.told(record).expect({ at: record, age: 0 }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
  () => {
    const { writer, script: s } = following('hole', ['F3'], 'an announcement that was lost is found with the next one');
    const [lost, next] = [writer.record(ALICE), writer.record(BOB)];
    return s
      .append(lost)
      .told(next)
      .expect({ at: next, age: 0 }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const { writer, script: s } = following('hole-beat', ['F3'], 'also when the next one is a heartbeat');
    const [lost, beat] = [writer.record(ALICE), writer.beat()];
    return s
      .append(lost)
      .told(beat)
      .expect({ at: beat, age: 0 }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
  () => {
    const {
      writer,
      script: s,
      last,
    } = following(
      'hole-unreadable-log',
      ['F2', 'F3'],
      'what is announced counts though the hole before it cannot be read yet',
    );
    const [lost, next, more] = [writer.record(ALICE), writer.record(BOB), writer.record(ELSEWHERE)];
    s.append(lost)
      .cut()
      .told(next, more)
      .expect({ at: last, age: 0 }, [BOB, ELSEWHERE], ended('bob', 'alice-elsewhere'));
    return s
      .heal()
      .expect(
        { at: more, age: 0 },
        [ALICE, BOB, ELSEWHERE],
        [...ended('alice', 'bob', 'alice-elsewhere'), ...open('carol')],
      );
  },
  () => {
    const { writer, script: s } = following('silent', ['F3'], 'what no announcement told is found by the next reading');
    const lost = writer.record(ALICE);
    return s
      .append(lost)
      .read()
      .expect({ at: lost, age: 0 }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
  () => {
    const { writer, script: s } = following('twice', ['F4'], 'a record may be told again and read again');
    const [first, second] = [writer.record(ALICE), writer.record(BOB)];
    s.told(first, second).notice(first).notice(second).notice(first).read();
    return s.expect({ at: second, age: 0 }, [ALICE, BOB], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const {
      writer,
      script: s,
      last,
    } = following('out-of-order', ['F2', 'F4'], 'announcements may come in the wrong order');
    const [first, second, third] = [writer.record(ALICE), writer.record(BOB), writer.record(ELSEWHERE)];
    s.cut()
      .append(first, second, third)
      .notice(third)
      .expect({ at: last, age: 0 }, [ELSEWHERE], [...ended('alice-elsewhere'), ...open('alice', 'bob')]);
    s.notice(first).expect(
      { at: first, age: 0 },
      [ALICE, ELSEWHERE],
      [...ended('alice', 'alice-elsewhere'), ...open('bob')],
    );
    return s
      .notice(second)
      .notice(third)
      .expect({ at: third, age: 0 }, [ALICE, BOB, ELSEWHERE], [...ended('alice', 'bob'), ...open('carol')]);
  },
  () => {
    const s = new Transcript('numbers', ['F2', 'F4'], 'positions are compared as numbers, part by part');
    const at = (position, previous, content) => ({
      position,
      previous,
      epoch: 'epoch-1',
      ...(content ? { entry: content } : {}),
    });
    s.append(at('9-9', '0-0'))
      .start()
      .append(at('9-10', '9-9', ALICE))
      .read()
      .told(at('10-2', '9-10', BOB))
      .notice(at('9-9', '0-0'));
    const last = at('10-10', '10-2', ELSEWHERE);
    return s
      .append(last)
      .read()
      .expect({ at: last }, [ALICE, BOB, ELSEWHERE], [...ended('alice', 'bob', 'alice-elsewhere'), ...open('carol')]);
  },
];

export const followingTranscripts = () => scripts.map((make) => make());
