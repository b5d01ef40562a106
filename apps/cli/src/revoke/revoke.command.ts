import { Command } from 'commander';
import type { World } from '../environment/world.js';
import { confirm } from './confirm.js';
import { outcomeLines } from './outcome.js';
import { reasonOf, targetOf, type TargetOptions } from './target.js';

interface Options extends TargetOptions {
  readonly reason: string;
  readonly yes?: true;
  readonly wait?: true;
}

export function revokeCommand(world: World): Command {
  return new Command('revoke')
    .description('Ends sessions or tokens for good, everywhere: written as the auth service writes a sign-out.')
    .option('--sid <id>', 'one session, with all its tokens')
    .option('--sub <user-id>', 'every open session of a user')
    .option('--generation <number>', 'with --sub: refuse tokens of a lower generation, too')
    .option('--jti <id>', 'one token')
    .option('--client <id>', 'tokens issued to a client up to now')
    .option('--device <id>', 'tokens issued for a device up to now')
    .option('--kid <id>', 'every token signed with a key; have the auth service rotate it as well')
    .option('--before <time>', 'every token issued up to then: now, an ISO 8601 time, or seconds since 1970')
    .option('--reason <reason>', 'told to the owner and kept in the database', 'admin')
    .option('--yes', 'do not ask, also where more than one session ends')
    .option('--wait', 'wait until a validator in this process has applied it, and say how long that took')
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (options: Options) => {
      const { terminal } = world;
      const command = { target: targetOf(options, Date.now()), reason: reasonOf(options.reason) };
      // Loaded here: help and wrong usage need no driver of any server.
      const { soundSettings } = await import('../environment/settings.js');
      const settings = soundSettings(world.env);
      await confirm(world, command.target, options.yes === true);
      const { carryOut } = await import('./carry-out.js');
      const outcome = await carryOut(world, settings, command, options.wait === true);
      terminal.answer(outcome, () => outcomeLines(outcome, terminal));
      if (!outcome.isDurable || outcome.appliedAfterMs === null) world.end(1);
    });
}

const EXAMPLES = `
Needs REDIS_URL, DATABASE_URL, or better both, as the auth service has them.

Examples:
  $ gatehouse revoke --sid 3f0c…e1 --reason risk --wait
  $ gatehouse revoke --sub 42 --yes
  $ gatehouse revoke --before now --yes --json

Ends with 0 when it is kept, 1 when it is in force but may be lost or was not seen applied in time, 2 when nothing was written.`;
