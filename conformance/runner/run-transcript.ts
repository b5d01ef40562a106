import type { SessionValidator } from '@gatehouse/session-validator';
import { freshnessOf, inWords, type VectorClock } from './core-under-test.js';
import { tokenNamed, type FeedStep, type HeldEntry, type NamedTokens, type StoredRecord } from './vectors.js';

type Expectation = Extract<FeedStep, { do: 'expect' }>;

/** Where a transcript is played: a log, a validator that follows it, and the wire between. */
export interface Stage {
  /** Makes the validator and shows it before its feed reads the log for the first time; resolves when it has. */
  start(show: (validator: SessionValidator) => void): Promise<void>;
  append(records: readonly StoredRecord[]): Promise<void>;
  /** Announces; resolves when the validator has heard it, and read the log if that made it. */
  notice(text: string): Promise<void>;
  /** Makes the validator read the log; resolves when it has. */
  read(): Promise<void>;
  cut(): Promise<void>;
  heal(): Promise<void>;
  trim(keep: number): Promise<void>;
  rollBack(count: number): Promise<void>;
}

/** What the validator has told of revocations, folded as a replica is: of one scope and value the highest cut-off. */
class Heard {
  private readonly cutoffs = new Map<string, number>();

  constructor(readonly validator: SessionValidator) {
    validator.onRevoked(({ scope, value, cutoff }) => this.cutoffs.set(nameOf({ scope, value }), cutoff));
  }

  get entries(): [name: string, cutoff: number][] {
    return [...this.cutoffs].sort(byName);
  }
}

/** Plays a transcript and, at each `expect`, holds the validator's place, age, list and verdicts against it. */
export async function playTranscript(
  steps: readonly FeedStep[],
  tokens: NamedTokens,
  clock: VectorClock,
  stage: Stage,
): Promise<void> {
  let heard: Heard | undefined;
  for (const step of steps) {
    if (step.do === 'start') await stage.start((validator) => (heard = new Heard(validator)));
    else if (step.do === 'wait') clock.wait(step.ms);
    else if (step.do === 'set_clock') clock.set(step.ms);
    else if (step.do !== 'expect') await onStage(stage, step);
    else if (!heard) throw new Error('nothing can be expected before the start');
    else {
      expectState(heard, step);
      expectVerdicts(heard.validator, step, tokens);
    }
  }
}

function onStage(
  stage: Stage,
  step: Exclude<FeedStep, { do: 'start' | 'wait' | 'set_clock' | 'expect' }>,
): Promise<void> {
  switch (step.do) {
    case 'append':
      return stage.append(step.records);
    case 'notice':
      return stage.notice(step.text);
    case 'trim':
      return stage.trim(step.keep);
    case 'roll_back':
      return stage.rollBack(step.count);
    default:
      return stage[step.do]();
  }
}

function expectVerdicts(validator: SessionValidator, step: Expectation, tokens: NamedTokens): void {
  for (const { token, freshness, expected } of step.verdicts) {
    const verdict = validator.check(tokenNamed(tokens, token), { freshness: freshnessOf(freshness) });
    const asked = freshness ? `${token}, ${JSON.stringify(freshness)}` : token;
    expect([asked, inWords(verdict, { whole: false })]).toEqual([asked, expected]);
  }
}

function expectState(heard: Heard, step: Expectation): void {
  const { state, ageSeconds, epoch, position, entries } = heard.validator.health().feed;
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
