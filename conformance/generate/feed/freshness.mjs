// How old a list a route accepts, and what is asked before that.
import { WHO } from './tokens.mjs';
import { BOUNDED, bob, OK, STALE } from './policies.mjs';
import { entry, following } from './writer.mjs';

const ALICE = entry('sid', WHO.aliceSession);

function limits() {
  const { script: s, last } = following('limits', ['F12'], 'each policy refuses from the millisecond after its limit');
  s.expect({ at: last, age: 0 }, [], bob(OK, OK, OK));
  s.wait(5_000).expect({ at: last, age: 5_000 }, [], bob(OK, OK, OK));
  s.wait(1).expect({ at: last, age: 5_001 }, [], bob(OK, OK, STALE));
  s.wait(24_999).expect({ at: last, age: 30_000 }, [], bob(OK, OK, STALE));
  s.wait(1).expect({ at: last, age: 30_001 }, [], bob(OK, STALE, STALE));
  return s.wait(569_999).expect({ at: last, age: 600_000 }, [], bob(OK, STALE, STALE));
}

function revokedFirst() {
  const { writer, script: s } = following(
    'revoked-first',
    ['F11', 'F12'],
    'a revoked token is refused as such under every policy, however old the list is',
  );
  const record = writer.record(ALICE);
  const alice = ['open', BOUNDED, 'closed'].map((policy) => ['alice', 'SESSION_REVOKED', policy]);
  s.told(record).expect({ at: record, age: 0 }, [ALICE], alice);
  s.cut()
    .wait(600_000)
    .expect({ at: record, age: 600_000 }, [ALICE], [...alice, ...bob(OK, STALE, STALE)]);
  return s.expect(
    { at: record, age: 600_000 },
    [ALICE],
    [
      ['alice-forged', 'TOKEN_INVALID', 'closed'],
      ['alice-expired', 'TOKEN_EXPIRED', 'closed'],
    ],
  );
}

function clockSet() {
  const { script: s, last } = following(
    'clock-set',
    ['F12'],
    'a clock that is set makes the list neither older nor younger',
  );
  s.setClock(-3_600_000)
    .wait(6_000)
    .expect({ at: last, age: 6_000 }, [], [['bob', 'TOKEN_INVALID', 'closed']]);
  s.setClock(3_600_000).expect({ at: last, age: 6_000 }, [], bob(OK, OK, STALE));
  return s.setClock(600_000).expect({ at: last, age: 6_000 }, [], bob(OK, OK, STALE));
}

export const freshnessTranscripts = () => [limits(), revokedFirst(), clockSet()];
