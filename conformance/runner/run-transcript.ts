import type { FeedLedger, SessionValidator } from '@gatehouse/session-validator';
import type { CoreOptions, VectorClock } from './core-under-test.js';
import { TranscriptFeed } from './transcript-feed.js';
import type { FeedStep, HeldEntry } from './vectors.js';

type Expectation = Extract<FeedStep, { do: 'expect' }>;

/** What the validator has told of revocations, folded as a replica is: of one scope and value the highest cut-off. */
class Heard {
  private readonly cutoffs = new Map<string, number>();

  constructor(validator: SessionValidator) {
    validator.onRevoked(({ scope, value, cutoff }) => this.cutoffs.set(nameOf({ scope, value }), cutoff));
  }

  get entries(): [name: string, cutoff: number][] {
    return [...this.cutoffs].sort(byName);
  }
}

/**
 * Plays a transcript to a validator and, at each `expect`, holds its place, its age and its list against it.
 *
 * @param create - makes the validator, whose feed then reads the log for the first time
 * @param askVerdicts - judges the tokens of an `expect`
 */
export function runTranscript(
  steps: readonly FeedStep[],
  clock: VectorClock,
  create: (options: CoreOptions) => SessionValidator,
  askVerdicts: (validator: SessionValidator, step: Expectation) => void,
): void {
  const feed = new TranscriptFeed(() => clock.monotonicMs());
  // A validator reads the log as soon as it is made. It is to be heard from the first entry on, so that waits for `start`.
  let begin: () => void = () => undefined;
  const gate = {
    start: (ledger: FeedLedger) => {
      begin = () => feed.start(ledger);
    },
    close: () => feed.close(),
  };
  const validator = create({ clock, feed: gate });
  const heard = new Heard(validator);

  for (const step of steps) {
    switch (step.do) {
      case 'start':
        begin();
        break;
      case 'append':
        feed.append(step.records);
        break;
      case 'notice':
        feed.notice(step.text);
        break;
      case 'read':
        feed.read();
        break;
      case 'cut':
        feed.cut();
        break;
      case 'heal':
        feed.heal();
        break;
      case 'trim':
        feed.trim(step.keep);
        break;
      case 'roll_back':
        feed.rollBack(step.count);
        break;
      case 'wait':
        clock.wait(step.ms);
        break;
      case 'set_clock':
        clock.set(step.ms);
        break;
      case 'expect':
        expectState(validator, heard, step);
        askVerdicts(validator, step);
    }
  }
}

function expectState(validator: SessionValidator, heard: Heard, step: Expectation): void {
  const { state, ageSeconds, epoch, position, entries } = validator.health().feed;
  expect({ complete: state !== 'starting', epoch, position }).toEqual({
    complete: step.complete,
    epoch: step.epoch,
    position: step.position,
  });
  const orNever = (ms: number | null) => ms ?? Number.POSITIVE_INFINITY;
  const ageMs = orNever(ageSeconds === null ? null : Math.round(ageSeconds * 1000));
  expect(ageMs).toBeGreaterThanOrEqual(orNever(step.age_ms.least));
  expect(ageMs).toBeLessThanOrEqual(orNever(step.age_ms.most));

  const held = step.replica.map(({ scope, value, cutoff }): [string, number] => [nameOf({ scope, value }), cutoff]);
  expect(heard.entries).toEqual(held.sort(byName));
  expect(entries).toBeLessThanOrEqual(step.replica.length);
  expect(entries).toBeGreaterThanOrEqual(step.replica.filter(({ optional }) => !optional).length);
}

const nameOf = ({ scope, value }: Pick<HeldEntry, 'scope' | 'value'>): string => JSON.stringify([scope, value]);

function byName([a]: readonly [string, number], [b]: readonly [string, number]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
