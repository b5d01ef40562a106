import type { SessionValidatorConfig } from '@gatehouse/session-validator';
import { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { awaitProof, makeValidator, READY_WITHIN_MS, validatorSettings } from '../environment/follow-feed.js';
import type { World } from '../environment/world.js';
import { Trouble } from '../terminal/exit-code.js';
import { explainLines } from './explain-lines.js';
import { readToken } from './read-token.js';
import { reportOn, RevocationsOf } from './explain-token.js';

interface Options {
  readonly feed: boolean;
  readonly keyBundle?: string;
}

const MAX_BUNDLE_BYTES = 64 * 1024;

export function explainCommand(world: World): Command {
  return new Command('explain')
    .description('Says check by check why a token would be accepted or refused right now.')
    .argument('<token>', 'the token, or - to read it from standard input, which keeps it out of the shell’s history')
    .option('--no-feed', 'look up no revocations; the keys come from --key-bundle')
    .option('--key-bundle <file>', 'a key bundle as the auth service publishes it, in place of the one in Redis')
    .option('--json', 'answer in JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (given: string, options: Options) => {
      const { terminal } = world;
      const token = await readToken(given, world.stdin);
      const validator = makeValidator(await settingsFor(world, options));
      const revocations = new RevocationsOf(token);
      validator.onRevoked(revocations.hear);
      const isReady = await validator.ready(READY_WITHIN_MS);
      if (isReady) await awaitProof(validator);
      const report = reportOn(token, validator, revocations, Date.now());
      void validator.close();
      terminal.answer(report, () => explainLines(report, terminal));
      if (!isReady) {
        terminal.note(
          'gatehouse: keys and revocations could not be read; what a service would answer is not known (FEED_UNREACHABLE)',
        );
      }
      world.end(isReady ? (report.accepted ? 0 : 1) : 2);
    });
}

const EXAMPLES = `
Never prints the token or its signature.

Examples:
  $ pbpaste | gatehouse explain -
  $ gatehouse explain - --no-feed --key-bundle key-bundle.jws < token.txt
  $ gatehouse explain - --json < token.txt | jq -r '.steps[] | select(.outcome == "failed") | .check'

Ends with 0 when the token is accepted, 1 when it is refused, 2 when that cannot be told.`;

async function settingsFor({ env }: World, { feed, keyBundle: path }: Options): Promise<SessionValidatorConfig> {
  const settings = validatorSettings(env);
  if (feed && path === undefined) return settings;
  const keyBundle = path === undefined ? undefined : await readBundle(path);
  if (feed) return { ...settings, keyBundle };
  if (keyBundle === undefined && settings.trustAnchor !== undefined) {
    throw new Trouble('USAGE', '--no-feed needs --key-bundle beside AUTH_TRUST_ANCHOR: nothing is fetched');
  }
  // Nothing of the network is left: an address would still be asked for keys.
  const { redisUrl: _redisUrl, redis: _redis, authUrl: _authUrl, ...offline } = settings;
  return { ...offline, keyBundle, feed: 'none' };
}

async function readBundle(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new Trouble('FILE_UNREADABLE', 'the file named by --key-bundle cannot be read');
  });
  if (text.length > MAX_BUNDLE_BYTES)
    throw new Trouble('FILE_UNREADABLE', 'the file named by --key-bundle is no key bundle');
  return text.trim();
}
