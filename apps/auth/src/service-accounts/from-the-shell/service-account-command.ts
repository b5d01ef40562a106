import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { AppError } from '@gatehouse/failures';
import { CredentialsFile } from './credentials-file.js';
import { CredentialsNotAdopted, type KeepServiceAccount } from './keep-service-account.js';

export const SERVICE_ACCOUNT_USAGE = `Usage: npm run service-account:new -- --name <name> --scope <scope> [--scope <scope>] --credentials <file> [--adopt]

Lets another service in, in the database of the service, with the service's own configuration: the gateway, before anybody can sign in
through it (--scope federation). Client id and secret go to the file, which only its owner can read.

Asked again with the same file it makes nothing, as long as what stands there is good. With --adopt it takes what stands in the file, which
may be read-only: for secrets that are made before there is a database. Client id: svc_ and 24 hex digits. Exit code: 0 when there is an account, 2 when it
could not be tried.
`;

/** Where the command is typed and writes. */
export interface ServiceAccountIo {
  /** Folder in which a relative path to the file begins. */
  readonly folder: string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

export interface OpenedServiceAccounts {
  readonly keepServiceAccount: Pick<KeepServiceAccount, 'run'>;
  readonly close: () => Promise<void>;
}

const DONE = 0;
const NOT_TRIED = 2;
/** RFC 6749 §3.3, as the API takes them. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;
const MOST_SCOPES = 20;

/** `service-account:new` on the command line. @returns the exit code. */
export async function serviceAccountCommand(
  args: readonly string[],
  open: () => Promise<OpenedServiceAccounts>,
  io: ServiceAccountIo,
): Promise<number> {
  const options = optionsIn(args, io.folder);
  if (!options) {
    io.err(SERVICE_ACCOUNT_USAGE);
    return NOT_TRIED;
  }
  const { name, scopes, file, adopt } = options;
  let opened: OpenedServiceAccounts | undefined;
  try {
    if (!adopt) await file.checkPlace();
    const before = await file.read();
    opened = await open();
    const { credentials, isNew } = await opened.keepServiceAccount.run({ name, scopes, credentials: before, adopt });
    if (isNew && !adopt) await file.write(credentials);
    io.out(isNew ? `Made service account ${credentials.clientId}.\n` : `${credentials.clientId} is still good.\n`);
    return DONE;
  } catch (error) {
    const isTold = error instanceof AppError || error instanceof CredentialsNotAdopted || isFileError(error);
    if (!isTold) throw error;
    io.err(`It could not be tried: ${error.message}.\n`);
    return NOT_TRIED;
  } finally {
    await opened?.close();
  }
}

function optionsIn(args: readonly string[], folder: string) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        name: { type: 'string' },
        scope: { type: 'string', multiple: true },
        credentials: { type: 'string' },
        adopt: { type: 'boolean', default: false },
      },
    });
    const { name = '', scope: scopes = [], credentials = '', adopt } = values;
    const isSound = /^[\x20-\x7e]{1,100}$/.test(name) && scopes.length > 0 && scopes.length <= MOST_SCOPES;
    if (!isSound || !scopes.every((scope) => SCOPE.test(scope)) || credentials === '') return undefined;
    return { name, scopes: [...new Set(scopes)], file: new CredentialsFile(resolve(folder, credentials)), adopt };
  } catch {
    return undefined;
  }
}

const isFileError = (error: unknown): error is NodeJS.ErrnoException =>
  typeof (error as NodeJS.ErrnoException).code === 'string' &&
  typeof (error as NodeJS.ErrnoException).path === 'string';
