import { parseArgs } from 'node:util';
import { AppError } from '@gatehouse/failures';
import { BreachedPassword, WeakPassword } from '../../passwords/passwords.errors.js';
import { isEmailAddress } from '../../users/is-email-address.decorator.js';
import { EmailTaken } from '../../users/users.errors.js';
import type { MakeAdmin } from './make-admin.js';

export const NEW_ADMIN_USAGE = `Usage: npm run admin:new -- --email <address> [--name <name>] [--generate | --password-stdin]

Makes an administrator in the database of the service, with the service's own configuration. Asks for the password on the
terminal.

  --generate        makes a password and prints it, once
  --password-stdin  reads the password from standard input, up to the end of the line

Changes nobody who exists. Exit code: 0 when made, 1 when refused, 2 when it could not be tried.
`;

/** Where the command reads and writes. */
export interface AdminIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Asks without showing what is typed; `undefined` where there is no terminal. */
  readonly askHidden: ((question: string) => Promise<string>) | undefined;
  readonly readLine: () => Promise<string>;
}

export interface OpenedAdministration {
  readonly makeAdmin: Pick<MakeAdmin, 'run'>;
  readonly close: () => Promise<void>;
}

const MADE = 0;
const REFUSED = 1;
const NOT_TRIED = 2;

/** `admin:new` on the command line. @returns the exit code. */
export async function newAdminCommand(
  args: readonly string[],
  open: () => Promise<OpenedAdministration>,
  io: AdminIo,
): Promise<number> {
  const options = optionsIn(args);
  if (!options) {
    io.err(NEW_ADMIN_USAGE);
    return NOT_TRIED;
  }
  const password = options.generate ? undefined : await passwordFrom(options, io);
  if (password === null) {
    io.err('There is no terminal to ask for a password: use --generate or --password-stdin.\n');
    return NOT_TRIED;
  }
  if (password === 'differ') {
    io.err('The two passwords differ. Nothing was changed.\n');
    return REFUSED;
  }
  return make({ ...options, password: password?.text }, open, io);
}

interface Options {
  readonly email: string;
  readonly name: string | undefined;
  readonly generate: boolean;
  readonly stdin: boolean;
}

function optionsIn(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        email: { type: 'string' },
        name: { type: 'string' },
        generate: { type: 'boolean', default: false },
        'password-stdin': { type: 'boolean', default: false },
      },
    });
    const { email, name, generate, 'password-stdin': stdin } = values;
    // No option takes the password itself: others see it in the list of processes.
    if (!isEmailAddress(email) || (generate && stdin)) return undefined;
    return { email, name, generate, stdin };
  } catch {
    return undefined;
  }
}

async function passwordFrom({ stdin }: Options, io: AdminIo): Promise<{ text: string } | 'differ' | null> {
  if (stdin) return { text: await io.readLine() };
  if (!io.askHidden) return null;
  const text = await io.askHidden('Password: ');
  return (await io.askHidden('Again: ')) === text ? { text } : 'differ';
}

async function make(
  { email, name, password }: Pick<Options, 'email' | 'name'> & { readonly password: string | undefined },
  open: () => Promise<OpenedAdministration>,
  io: AdminIo,
): Promise<number> {
  let opened: OpenedAdministration | undefined;
  try {
    opened = await open();
    const { userId, madePassword } = await opened.makeAdmin.run({ email, name, password });
    io.out(`Made administrator ${userId}.\n`);
    if (madePassword !== undefined) io.out(`Password, shown this once: ${madePassword}\n`);
    return MADE;
  } catch (error) {
    if (error instanceof EmailTaken) io.err('There is an account with this address. Nothing was changed.\n');
    else if (isRefusedPassword(error)) io.err(`Choose another password: ${error.message}.\n`);
    else if (error instanceof AppError) io.err(`It could not be tried: ${error.message}.\n`);
    else throw error;
    return error instanceof EmailTaken || isRefusedPassword(error) ? REFUSED : NOT_TRIED;
  } finally {
    await opened?.close();
  }
}

const isRefusedPassword = (error: unknown): error is BreachedPassword | WeakPassword =>
  error instanceof WeakPassword || error instanceof BreachedPassword;
