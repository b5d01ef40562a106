import { DatabaseUnavailable } from '@gatehouse/failures';
import { QueryFailedError } from 'typeorm';

/** Longest a request waits for the database, in ms. */
export const STATEMENT_TIMEOUT_MS = 1_000;

const MYSQL_DUPLICATE = 1062;
const MYSQL_LOCK_WAIT_TIMEOUT = 1205;
const MYSQL_DEADLOCK = 1213;

/** A unique index or primary key refused the row. */
export function isDuplicateKey(error: unknown): boolean {
  const { errno, code } = driverError(error);
  return errno === MYSQL_DUPLICATE || code === 'SQLITE_CONSTRAINT_UNIQUE' || code === 'SQLITE_CONSTRAINT_PRIMARYKEY';
}

/** The whole transaction may be tried again: the database gave up on it, nothing of it remains. */
export function isRetryable(error: unknown): boolean {
  const { errno, code } = driverError(error);
  return errno === MYSQL_DEADLOCK || errno === MYSQL_LOCK_WAIT_TIMEOUT || code === 'SQLITE_BUSY';
}

/**
 * Runs `work` and names its failures: whatever it throws becomes `DatabaseUnavailable`, a duplicate key excepted, which is
 * an answer. So does waiting longer than `timeoutMs`; the statement may then still happen.
 */
export async function orUnavailable<T>(work: () => Promise<T>, timeoutMs = STATEMENT_TIMEOUT_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work(), impatience]);
  } catch (cause) {
    if (cause instanceof DatabaseUnavailable || isDuplicateKey(cause)) throw cause;
    throw new DatabaseUnavailable('the database did not do what was asked', { cause: withoutParameters(cause) });
  } finally {
    clearTimeout(timer);
  }
}

/** TypeORM hangs the statement and its parameters on the error; a log of the cause must not show them. */
function withoutParameters(cause: unknown): unknown {
  if (!(cause instanceof QueryFailedError)) return cause;
  return cause.driverError instanceof Error ? cause.driverError : new Error(cause.message);
}

function driverError(error: unknown): { errno?: number; code?: string } {
  return error instanceof QueryFailedError ? (error.driverError as { errno?: number; code?: string }) : {};
}
