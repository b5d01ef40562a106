// When a validator has a list for the first time: no list, no answer.
import { WHO } from './tokens.mjs';
import { entry, script } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);

const ended = (...tokens) => tokens.map((token) => [token, 'SESSION_REVOKED']);
const open = (...tokens) => tokens.map((token) => [token, 'accepted']);
const unknown = (...tokens) => tokens.map((token) => [token, 'FEED_STALE']);

const scripts = [
  () => {
    const { writer, script: s } = script('empty-log', ['F1'], 'an empty log is not an empty list');
    s.start()
      .expect({ complete: false }, [], unknown('alice', 'bob'))
      .read()
      .expect({ complete: false }, [], unknown('alice'));
    const beat = writer.beat();
    return s.told(beat).expect({ at: beat, age: 0 }, [], open('alice'));
  },
  () => {
    const { writer, script: s } = script('unreachable', ['F1'], 'a log that cannot be read is no list either');
    const beat = writer.beat();
    return s
      .append(beat)
      .cut()
      .start()
      .expect({ complete: false }, [], unknown('alice'))
      .wait(60_000)
      .expect({ complete: false }, [], unknown('alice'))
      .heal()
      .expect({ at: beat, age: [60_000, null] }, [], open('alice'));
  },
  () => {
    const { writer, script: s } = script(
      'no-beat',
      ['F1', 'F11'],
      'without a heartbeat the log may not hold all; what it holds is enforced',
    );
    const record = writer.record(ALICE);
    s.append(record)
      .start()
      .expect({ complete: false, at: record }, [ALICE], [...ended('alice'), ...unknown('bob')]);
    const beat = writer.beat();
    return s.told(beat).expect({ at: beat, age: 0 }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
  () => {
    const { writer, script: s } = script(
      'beat-read',
      ['F1'],
      'a heartbeat anywhere in it, and its end, make it a list',
    );
    const [beat, record] = [writer.beat(), writer.record(ALICE)];
    return s
      .append(beat, record)
      .start()
      .expect({ at: record }, [ALICE], [...ended('alice'), ...open('bob')]);
  },
  () => {
    const { writer, script: s } = script('invalid-first', ['F1', 'F11'], 'a bad token is bad before there is a list');
    const verdicts = [['alice-forged', 'TOKEN_INVALID'], ['alice-expired', 'TOKEN_EXPIRED'], ...unknown('alice')];
    s.start().expect({ complete: false }, [], verdicts);
    const beat = writer.beat();
    return s.told(beat).expect({ at: beat, age: 0 }, [], open('alice'));
  },
];

export const firstListTranscripts = () => scripts.map((make) => make());
