import type { FeedRecord } from '@gatehouse/contracts';
import { Command } from 'commander';
import type { World } from '../environment/world.js';
import { Trouble } from '../terminal/exit-code.js';
import type { Terminal } from '../terminal/terminal.js';
import { instant } from '../terminal/times.js';
import { Tail } from './tail.js';
import type { Tailing } from './tailing.port.js';

interface Options {
  readonly fromStart?: true;
  readonly heartbeats?: true;
}

export function tailCommand(world: World): Command {
  return new Command('tail')
    .description('Follows the revocation feed, one line for each entry, until Ctrl-C.')
    .option('--from-start', 'begin with what the log holds')
    .option('--heartbeats', 'show the proofs of freshness, too')
    .option('--json', 'one JSON object on each line')
    .addHelpText('after', EXAMPLES)
    .action(async ({ fromStart = false, heartbeats = false }: Partial<Record<keyof Options, boolean>>) => {
      const { terminal, stop } = world;
      const output = {
        record: (record: FeedRecord) => terminal.item(record, () => lineOf(record, terminal)),
        remark: (text: string) => terminal.note(`gatehouse: ${text}`),
      };
      await new Tail(await tailingOf(world), output).run({ fromStart, heartbeats }, stop);
    });
}

const EXAMPLES = `
Reads Redis where REDIS_URL is set, else the event stream of AUTH_URL. Remarks go to standard error.

Examples:
  $ gatehouse tail
  $ gatehouse tail --from-start --json | jq -r 'select(.entry.scope == "sub") | .entry.value'

Ends with 0 on Ctrl-C and when nobody reads its output any more, 2 when the feed cannot be reached at the start.`;

async function tailingOf({ env }: World): Promise<Tailing> {
  // Loaded here: help needs no driver of any server.
  const { redisOf, soundSettings } = await import('../environment/settings.js');
  const settings = soundSettings(env);
  const redis = redisOf(settings).settings;
  if (redis) {
    const { RedisTailing } = await import('./adapters/redis-tailing.js');
    return new RedisTailing(redis);
  }
  if (settings.AUTH_URL) {
    const { SseTailing } = await import('./adapters/sse-tailing.js');
    return new SseTailing(settings.AUTH_URL, settings.REVOCATION_STREAM_TOKEN?.reveal());
  }
  throw new Trouble('CONFIG_INVALID', 'REDIS_URL or AUTH_URL is needed: the feed comes from there');
}

function lineOf({ position, epoch, entry }: FeedRecord, terminal: Terminal): string {
  const time = instant(Number(position.split('-')[0]));
  const head = `${terminal.tint('faint', time)}  ${position.padEnd(17)}`;
  if (!entry) return `${head}  ${terminal.tint('faint', `heartbeat  epoch ${epoch}`)}`;
  const { scope, value, cutoff, reason, id } = entry;
  const upTo = cutoff > 0 ? `  cut-off ${cutoff}` : '';
  return `${head}  ${terminal.tint('strong', scope.padEnd(6))} ${value}  ${reason}${upTo}  receipt ${id}`;
}
