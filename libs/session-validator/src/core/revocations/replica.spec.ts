import { REVOCATION_SCOPES, type RevocationEntry, type RevocationScope } from '@gatehouse/contracts';
import fc from 'fast-check';
import { RevocationReplica } from './replica.js';

const VALUES = ['a', 'b', '*'];
const ENDING: readonly RevocationScope[] = ['sid', 'jti', 'kid'];

const entries = fc.array(
  fc.record({
    id: fc.constant('id'),
    scope: fc.constantFrom(...REVOCATION_SCOPES),
    value: fc.constantFrom(...VALUES),
    cutoff: fc.nat(5),
    untilMs: fc.integer({ min: 100, max: 110 }).map((seconds) => seconds * 1000),
    reason: fc.constant('admin' as const),
  }),
  { maxLength: 12 },
);

function replicaOf(list: readonly RevocationEntry[]): RevocationReplica {
  const replica = new RevocationReplica();
  for (const entry of list) replica.merge(entry);
  return replica;
}

/** All that can be asked of a replica at an instant. */
function answers(replica: RevocationReplica): unknown[] {
  return REVOCATION_SCOPES.flatMap((scope) =>
    VALUES.map((value) =>
      ENDING.includes(scope)
        ? replica.hasEnded(scope as 'sid', value)
        : (replica.cutoff(scope as 'sub', value) ?? 'none'),
    ),
  );
}

function sweptAt(list: readonly RevocationEntry[], nowMs: number): unknown[] {
  const replica = replicaOf(list);
  replica.sweep(nowMs);
  return [replica.entries, ...answers(replica)];
}

describe('an entry that makes no sense', () => {
  const entry = { id: 'id', value: 'a', cutoff: 0, untilMs: 1_000_000, reason: 'admin' } as const;

  it('with a cut-off below all that can be spares what it would spare', () => {
    const replica = replicaOf([{ ...entry, scope: 'before', value: '*', cutoff: -1 }]);
    expect(replica.cutoff('before', '*')).toBe(0);
  });

  it('without an end is remembered, not forgotten at once', () => {
    const replica = replicaOf([{ ...entry, scope: 'sid', untilMs: Number.NaN }]);
    replica.sweep(1_700_000_000_000);
    expect(replica.hasEnded('sid', 'a')).toBe(true);
  });
});

describe('merging revocations', () => {
  it('comes to the same whatever the order, and however often each arrives', () => {
    fc.assert(
      fc.property(
        entries,
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.integer({ min: 99, max: 112 }).map((seconds) => seconds * 1000),
        (list, seed, now) => {
          const shuffled = list
            .flatMap((entry, i) => ((seed[i] ?? 0) % 2 === 0 ? [entry] : [entry, entry]))
            .map((entry, i) => ({ entry, at: seed[i + 7] ?? i }))
            .sort((a, b) => a.at - b.at)
            .map(({ entry }) => entry);
          expect(sweptAt(shuffled, now)).toEqual(sweptAt(list, now));
        },
      ),
    );
  });

  it('never takes anything back: more entries refuse at least as much', () => {
    fc.assert(
      fc.property(entries, entries, (some, more) => {
        const few = replicaOf(some);
        const many = replicaOf([...some, ...more]);
        for (const scope of REVOCATION_SCOPES) {
          for (const value of VALUES) {
            if (ENDING.includes(scope)) {
              if (few.hasEnded(scope as 'sid', value)) expect(many.hasEnded(scope as 'sid', value)).toBe(true);
            } else {
              const least = few.cutoff(scope as 'sub', value) ?? -1;
              expect(many.cutoff(scope as 'sub', value) ?? -1).toBeGreaterThanOrEqual(least);
            }
          }
        }
      }),
    );
  });

  it('keeps the highest cut-off and the latest until of all that name the same thing', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 99_000, max: 112_000 }), (list, nowMs) => {
        const replica = replicaOf(list);
        replica.sweep(nowMs);
        for (const scope of REVOCATION_SCOPES) {
          for (const value of VALUES) {
            const same = list.filter((entry) => entry.scope === scope && entry.value === value);
            const lives = same.length > 0 && Math.max(...same.map(({ untilMs }) => untilMs)) > nowMs - 1_000;
            if (ENDING.includes(scope)) expect(replica.hasEnded(scope as 'sid', value)).toBe(lives);
            else {
              const highest = lives ? Math.max(...same.map(({ cutoff }) => cutoff)) : undefined;
              expect(replica.cutoff(scope as 'sub', value)).toBe(highest);
            }
          }
        }
      }),
    );
  });
});

describe('forgetting what has expired', () => {
  const sid = (i: number, untilMs: number): RevocationEntry => ({
    id: 'id',
    scope: 'sid',
    value: String(i),
    cutoff: 0,
    untilMs,
    reason: 'user_signout',
  });

  it('takes small steps, reaches everything, and leaves what still matters', () => {
    const replica = replicaOf(Array.from({ length: 10_000 }, (_, i) => sid(i, i % 2 === 0 ? 1_000 : 9_000)));
    replica.sweep(5_000);
    expect(replica.entries).toBeGreaterThan(8_500);
    for (let i = 0; i < 10; i++) replica.sweep(5_000);
    expect(replica.entries).toBe(5_000);
    expect(replica.hasEnded('sid', '1')).toBe(true);
    expect(replica.hasEnded('sid', '2')).toBe(false);
  });

  it('keeps an entry through its last second', () => {
    const replica = replicaOf([sid(1, 1_001)]);
    replica.sweep(2_999);
    expect(replica.hasEnded('sid', '1')).toBe(true);
    replica.sweep(3_000);
    expect(replica.hasEnded('sid', '1')).toBe(false);
  });

  it('does not mind entries that arrive while it is under way', () => {
    const replica = replicaOf(Array.from({ length: 5_000 }, (_, i) => sid(i, 1_000)));
    replica.sweep(5_000);
    for (let i = 0; i < 100; i++) replica.merge(sid(10_000 + i, 9_000));
    for (let i = 0; i < 10; i++) replica.sweep(5_000);
    expect(replica.entries).toBe(100);
  });
});

it('knows a scope it does not know when it sees one', () => {
  const replica = new RevocationReplica();
  const entry = { id: 'x', scope: 'planet', value: 'earth', cutoff: 0, untilMs: 1, reason: 'admin' };
  expect(replica.merge(entry as unknown as RevocationEntry)).toBe('unknown-scope');
  expect(replica.entries).toBe(0);
});
