import { Command, InvalidArgumentError } from 'commander';
import { makeFollower, makeValidator, READY_WITHIN_MS } from '../environment/follow-feed.js';
import type { World } from '../environment/world.js';
import type { Propagation } from './adapters/propagation.js';
import { Bench } from './bench.js';
import { benchLines, type BenchReport, propagationFigures } from './bench-lines.js';

interface Options {
  readonly seconds: number;
  readonly entries: number;
  readonly feed: boolean;
}

const between = (least: number, most: number) => (text: string) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new InvalidArgumentError(`It takes a whole number from ${least} to ${most}.`);
  }
  return value;
};

export function benchCommand(world: World): Command {
  return new Command('bench')
    .description('Measures the local library in this environment: first sight, warm, look-up, propagation.')
    .option('--seconds <number>', 'how long it may take, about', between(1, 60), 5)
    .option('--entries <number>', 'revocations held while looking up', between(0, 1_000_000), 100_000)
    .option('--no-feed', 'write nothing to the feed, and measure no propagation')
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXAMPLES)
    .action(async ({ seconds, entries, feed }: Options) => {
      const { terminal } = world;
      const { redisOf, soundSettings } = await import('../environment/settings.js');
      const settings = soundSettings(world.env);
      const redis = feed ? redisOf(settings).settings : undefined;
      const budgetMs = (seconds * 1000) / (redis ? 5 : 4);
      const figures = await new Bench(makeValidator).run({ budgetMs: budgetMs * 4, entries });
      let propagation: Propagation | undefined;
      if (redis) {
        const { measurePropagation } = await import('./adapters/propagation.js');
        const follower = makeFollower(world.env);
        const isFollowing = await follower.ready(Math.min(READY_WITHIN_MS, budgetMs));
        propagation = isFollowing ? await measurePropagation(redis, follower, budgetMs) : undefined;
        void follower.close();
      }
      const report: BenchReport = {
        ...figures,
        entries,
        propagation: propagation ? propagationFigures(propagation) : null,
      };
      terminal.answer(report, () => benchLines(report, redis !== undefined, terminal));
    });
}

const EXAMPLES = `
With REDIS_URL set it also writes revocations of tokens that do not exist into the feed, which every validator forgets a
minute later, and times them to a validator in this process. --no-feed leaves that out.

Examples:
  $ gatehouse bench
  $ gatehouse bench --seconds 20 --entries 1000000 --no-feed --json`;
