import { Command, InvalidArgumentError } from 'commander';
import type { World } from '../environment/world.js';
import { Trouble } from '../terminal/exit-code.js';

interface Options {
  readonly listen?: Listen;
}

interface Listen {
  readonly host: string;
  readonly port: number;
}

export function relayCommand(world: World): Command {
  return new Command('relay')
    .description(
      'Carries the revocation feed and the keys of the home region into the Redis of this one, until it is stopped.',
    )
    .option('--listen <address>', 'port, or host:port, for /health, /ready and /metrics', parseListen)
    .option('--json', 'one JSON object for each change of state')
    .addHelpText('after', EXAMPLES)
    .action(async ({ listen }: Options) => {
      // Loaded here: help needs no driver of any server.
      const [{ redisOf, soundSettings }, { homeRedisOf }, { openRelay }, { serveStatus }] = await Promise.all([
        import('../environment/settings.js'),
        import('./home-environment.js'),
        import('./adapters/region-connections.js'),
        import('./adapters/status-server.js'),
      ]);
      const { env, terminal, stop } = world;
      const home = homeRedisOf(env);
      const here = redisOf(soundSettings(env)).settings;
      if (!here) throw new Trouble('CONFIG_INVALID', 'REDIS_URL is needed: the Redis of this region');
      const relay = openRelay(home, here, (state) => {
        const at = new Date().toISOString();
        terminal.item({ at, state }, () => `${terminal.tint('faint', at)}  ${STATES[state]}`);
      });
      const server = listen && (await serveStatus(listen, () => relay.figures()));
      try {
        await relay.run(stop);
      } finally {
        server?.close();
      }
    });
}

const STATES = {
  starting: 'starting',
  following: 'following the home region',
  filling: 'copying the whole log',
  'home-away': 'the home region cannot be reached; what is known here stays in force',
  'here-away': 'the Redis of this region cannot be reached',
  'not-ours': 'an auth service writes the log of this region: nothing is carried over it',
} as const;

const EXAMPLES = `
HOME_REDIS_URL is the Redis the auth service writes to, REDIS_URL the one the validators of this region read. All other settings of
a Redis have a name with HOME_ before it, too. Run it in the region it feeds; run two, and one may stop.

Examples:
  $ HOME_REDIS_URL=rediss://relay@redis.eu.internal REDIS_URL=redis://redis.us.internal gatehouse relay --listen 0.0.0.0:9104

Ends with 0 when it is stopped, 2 on settings that cannot be used. An outage of either side is told and waited out.`;

function parseListen(text: string): Listen {
  const [, host = '127.0.0.1', digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === '' || port > 65_535) throw new InvalidArgumentError('A port, or host:port.');
  return { host, port };
}
