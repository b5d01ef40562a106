import fc from 'fast-check';
import { CarriedWorld, FeedWorld, type Step } from './feed-world.js';
import { StreamedWorld } from './streamed-world.js';

const told = fc.boolean();
const which = fc.nat(20);
const count = fc.integer({ min: 1, max: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), told }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('beat' as const), told }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('deliver' as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('repeat' as const), which }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), pages: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('trim' as const, 'rollBack' as const), count }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('acknowledge' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 5_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('setBack' as const), ms: fc.integer({ min: 1, max: 60_000 }) }),
  },
);
const write = { kind: 'write', told: false } as const;
const beat = { kind: 'beat', told: false } as const;
const read = { kind: 'read', pages: 9 } as const;
const acknowledge = { kind: 'acknowledge' } as const;
const heard = { kind: 'deliver', which: 0 } as const;
/** Chance found these, or too seldom would. */
const tooYoung: [Step[]][] = [
  // A heartbeat that is read again from the start is no new one.
  [[beat, write, read, acknowledge, read, { kind: 'rollBack', count: 1 }, read]],
  // One that a failover took away is heard of late.
  [[write, { ...beat, told: true }, { kind: 'rollBack', count: 1 }, acknowledge, read, heard]],
  // The first record of an epoch is heard of late, when the place is lost.
  [[{ ...beat, told: true }, write, read, write, { kind: 'trim', count: 3 }, read, heard]],
];
const tooSoon: [Step[]][] = [
  // The heartbeat of another epoch does not vouch for one that is half filled.
  [[write, write, write, write, beat, { kind: 'trim', count: 4 }, write, read]],
  // The log was lost half-way, and an empty one read in its place.
  [[beat, beat, { ...beat, told: true }, acknowledge, heard, { kind: 'lose' }, read]],
];
const steps = fc.array(step, { maxLength: 60 });
const often = { numRuns: 5_000, seed: 20_260_801, interruptAfterTimeLimit: 8_000, markInterruptAsFailure: false };

describe('whatever happens to log and notices', () => {
  it('a list is never called younger than it is: what was revoked before its age is on it', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const world = new FeedWorld();
        for (const move of moves) {
          world.take(move);
          expect(world.missing).toEqual([]);
        }
      }),
      { ...often, examples: tooYoung },
    );
  });

  it('a list is called whole only with all that was true before a heartbeat it holds', () => {
    fc.assert(
      // What a failover took away nobody can miss who never saw it, until the writer finds out.
      fc.property(steps, (moves) => {
        const world = new FeedWorld();
        for (const move of moves.filter(({ kind }) => kind !== 'rollBack')) {
          world.take(move);
          expect(world.missingAtCompletion).toEqual([]);
        }
      }),
      { ...often, examples: tooSoon },
    );
  });

  it('it is the truth again after one heartbeat and one reading, and nothing that was known is gone', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const world = new FeedWorld();
        for (const move of moves) world.take(move);
        const known = [...world.seen];
        world.settle();
        expect([...world.seen].sort()).toEqual(world.truth.map(({ entry }) => entry.value).sort());
        expect(world.ledger.isComplete).toBe(true);
        expect([...world.seen]).toEqual(expect.arrayContaining(known));
        // And young again after one more of each.
        world.settle();
        expect(world.ledger.ageMs()).toBeLessThan(10);
      }),
      often,
    );
  });
});

describe('whatever happens to a log that is carried to another region', () => {
  const carry = fc.record({ kind: fc.constant('carry' as const), ms: fc.integer({ min: 1, max: 2_000 }) });
  const carriedSteps = fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 1, arbitrary: carry }), {
    maxLength: 60,
  });
  const lessOften = { ...often, numRuns: 3_000, interruptAfterTimeLimit: 4_000 };
  const late = { kind: 'carry', ms: 2_000 } as const;
  const soon = { kind: 'carry', ms: 1 } as const;
  const pass = { kind: 'pass', ms: 2_000 } as const;
  /** What came late must not make what comes after it look young. */
  const misled: [Step[]] = [
    [beat, soon, read, beat, pass, read, soon, read, beat, write, pass, soon, heard, heard, heard],
  ];

  it('a list is never called younger than it is, however long its records were under way', () => {
    fc.assert(
      fc.property(carriedSteps, (moves) => {
        const world = new CarriedWorld();
        for (const move of moves) {
          world.take(move);
          expect(world.missing).toEqual([]);
        }
      }),
      // A heartbeat that is old when it comes, before what was revoked after it.
      {
        ...lessOften,
        examples: [[[beat, late, read, beat, beat, beat, write, { kind: 'pass', ms: 5_000 }, late, read]], misled],
      },
    );
  });

  it('it is called whole only with all that was true before a heartbeat it holds', () => {
    fc.assert(
      fc.property(carriedSteps, (moves) => {
        const world = new CarriedWorld();
        for (const move of moves.filter(({ kind }) => kind !== 'rollBack')) {
          world.take(move);
          expect(world.missingAtCompletion).toEqual([]);
        }
      }),
      lessOften,
    );
  });
});

describe('whatever happens to a log that is followed as an event stream', () => {
  const lessOften = { ...often, numRuns: 1_000, interruptAfterTimeLimit: 2_000 };
  const told = { kind: 'beat', told: true } as const;
  /** The writer finds some records missing, and begins another life behind those that are left. */
  const anotherLife: [Step[]][] = [
    [[write, told, read, write, told, heard, { kind: 'rollBack', count: 1 }, write, told, write, told]],
    [[write, write, beat, { kind: 'trim', count: 2 }, write, write, beat, read]],
  ];

  it('a list is never called younger than it is', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const world = new StreamedWorld();
        for (const move of moves) {
          world.take(move);
          expect(world.missing).toEqual([]);
        }
      }),
      { ...lessOften, examples: [...tooYoung, ...anotherLife] },
    );
  });

  it('it is called whole only with all that was true before a heartbeat it holds', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const world = new StreamedWorld();
        for (const move of moves.filter(({ kind }) => kind !== 'rollBack')) {
          world.take(move);
          expect(world.missingAtCompletion).toEqual([]);
        }
      }),
      { ...lessOften, examples: tooSoon },
    );
  });

  it('it is the truth again after one heartbeat and at most two connections', () => {
    fc.assert(
      fc.property(steps, (moves) => {
        const world = new StreamedWorld();
        for (const move of moves) world.take(move);
        const known = [...world.seen];
        world.settle();
        expect([...world.seen].sort()).toEqual(world.truth.map(({ entry }) => entry.value).sort());
        expect(world.ledger.isComplete).toBe(true);
        expect([...world.seen]).toEqual(expect.arrayContaining(known));
        world.settle();
        expect(world.ledger.ageMs()).toBeLessThan(10);
      }),
      { ...lessOften, examples: anotherLife },
    );
  });
});
