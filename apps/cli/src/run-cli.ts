import { Command, CommanderError } from 'commander';
import { benchCommand } from './bench/bench.command.js';
import { doctorCommand } from './doctor/doctor.command.js';
import type { Surroundings, World } from './environment/world.js';
import { explainCommand } from './explain/explain.command.js';
import { relayCommand } from './relay/relay.command.js';
import { revokeCommand } from './revoke/revoke.command.js';
import { tailCommand } from './tail/tail.command.js';
import { type ExitCode, Trouble } from './terminal/exit-code.js';
import { Terminal } from './terminal/terminal.js';
import { usersCommand } from './users/users.command.js';

/**
 * What stops by itself is given this long to end well, on a busy machine too: an export that is interrupted has addresses to take off
 * the disk. The rest is left where it stands.
 */
const GRACE_MS = 2_000;

/** Runs one command line. Never throws: what went wrong is told on standard error, or in JSON where that was asked for. */
export async function runCli(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  const { env, stdin, stdout, stderr } = surroundings;
  const terminal = new Terminal(stdout, stderr, args.includes('--json'));
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  // `gatehouse tail | head -1`: nobody reads any more, which is an end like any other.
  stdout.on('error', stop);
  stderr.on('error', stop);
  let code: ExitCode = 0;
  const world: World = { env, stdin, stderr, terminal, stop: stopping.signal, end: (given) => void (code = given) };
  const run = async (): Promise<ExitCode> => {
    try {
      await programOf(world, surroundings).parseAsync(args, { from: 'user' });
      return code;
    } catch (error) {
      return report(error, terminal);
    }
  };
  const stopped = new Promise<ExitCode>((resolve) => {
    stopping.signal.addEventListener('abort', () => setTimeout(() => resolve(2), GRACE_MS));
  });
  try {
    return await Promise.race([run(), stopped]);
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  }
}

function programOf(world: World, { stdout, stderr, version }: Surroundings): Command {
  const program = new Command('gatehouse')
    .description('Looks after Gatehouse: checks a set-up, explains a token, revokes, follows the feed, measures.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('Add --help for what it takes.')
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
      // The parser repeats what it was given, which may be a token or a password in the wrong place.
      outputError: (text, write) => write(withoutArguments(text)),
    })
    .addHelpText('after', HELP);
  for (const make of [
    doctorCommand,
    explainCommand,
    revokeCommand,
    tailCommand,
    relayCommand,
    usersCommand,
    benchCommand,
  ]) {
    const command = make(world).copyInheritedSettings(program);
    // What a command consists of was made before it inherited anything.
    for (const part of command.commands) part.copyInheritedSettings(command);
    program.addCommand(command);
  }
  return program;
}

const HELP = `
Settings come from the environment, the same as for the services: REDIS_URL, AUTH_TRUST_ANCHOR, AUTH_URL, DATABASE_URL…

Ends with 0 when all is well, 1 on a finding or a refusal, 2 on wrong usage or a server that cannot be reached.`;

function report(error: unknown, terminal: Terminal): ExitCode {
  // Already told; asking for help ends with 0.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const { code, message } =
    error instanceof Trouble
      ? error
      : { code: 'INTERNAL', message: `failed unexpectedly (${error instanceof Error ? error.name : typeof error})` };
  if (terminal.isJson) terminal.answer({ error: { code, message } }, () => []);
  else terminal.note(`gatehouse: ${message} (${code})`);
  return 2;
}

/** Names of options and arguments are ours; whatever else is quoted was given. */
function withoutArguments(text: string): string {
  const isOurs = (quoted: string) => /^(--?[a-z][a-z-]*( [<[][a-z|-]+[>\]])?|token|gatehouse)$/.test(quoted);
  return text.replace(/'([^'\n]*)'/g, (quoted, inner: string) => (isOurs(inner) ? quoted : "'…'"));
}
