import type { SessionValidator, SessionValidatorConfig } from '@gatehouse/session-validator';
import { type Comparison, compare, type Work } from './rounds.js';
import { FilledFeed, Specimens } from './specimens.js';

export interface Figures {
  /** The same work on both sides. Far from 1, and the others mean little. */
  readonly control: Comparison;
  /** A token never seen before, against one signature check and one parse by the runtime alone. */
  readonly firstSight: Comparison;
  /** A token seen before, against its first sight. */
  readonly warm: Comparison;
  /** A token seen before with a long list of revocations, against the same with an empty list. */
  readonly lookup: Comparison;
}

export interface BenchSettings {
  /** For all of it, in ms. */
  readonly budgetMs: number;
  /** Length of the long list. */
  readonly entries: number;
}

const DISTINCT_TOKENS = 1_000;

/** Measures the local library, in this process and nowhere else. */
export class Bench {
  /** @param makeValidator - started; closed by the bench */
  constructor(private readonly makeValidator: (config: SessionValidatorConfig) => SessionValidator) {}

  async run({ budgetMs, entries }: BenchSettings): Promise<Figures> {
    const specimens = new Specimens();
    const { settings } = specimens;
    const tokens = specimens.tokens(DISTINCT_TOKENS);
    const [forgetful, brief, long] = await Promise.all([
      this.ready({ ...settings, feed: 'none', tokenCacheBytes: 0 }),
      this.ready({ ...settings, feed: new FilledFeed(0) }),
      this.ready({ ...settings, feed: new FilledFeed(entries) }),
    ]);
    try {
      const share = budgetMs / 4;
      const raw = over(tokens, (token) => specimens.verifyRaw(token));
      const first = over(tokens, (token) => forgetful.check(token).ok);
      const warm = over(tokens, (token) => brief.check(token).ok);
      const warmLong = over(tokens, (token) => long.check(token).ok);
      // A token seen before is to have been seen; and the compiler has something to go by.
      for (const work of [raw, first, warm, warmLong]) work(DISTINCT_TOKENS);
      return {
        control: await compare(first, first, share),
        firstSight: await compare(first, raw, share),
        warm: await compare(warm, first, share),
        lookup: await compare(warmLong, warm, share),
      };
    } finally {
      await Promise.all([forgetful.close(), brief.close(), long.close()]);
    }
  }

  private async ready(config: SessionValidatorConfig): Promise<SessionValidator> {
    const validator = this.makeValidator(config);
    await validator.ready();
    return validator;
  }
}

/** Goes round the tokens. A check that fails would make a fast, wrong figure. */
function over(tokens: readonly string[], check: (token: string) => boolean): Work {
  let next = 0;
  return (times) => {
    for (let n = 0; n < times; n++) {
      if (!check(tokens[next] ?? '')) throw new Error('a token that is good was refused');
      next = (next + 1) % tokens.length;
    }
  };
}
