import { SessionStoreUnavailable } from '@gatehouse/failures';

/** The one place where a failure of Redis gets its name. */
export function storeUnavailable(cause: unknown): SessionStoreUnavailable {
  return cause instanceof SessionStoreUnavailable
    ? cause
    : new SessionStoreUnavailable('Redis did not do what was asked', { cause: withoutCommand(cause) });
}

/** Runs `use`, naming whatever it throws. */
export async function orStoreUnavailable<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}

/**
 * The driver hangs the failed command with all its arguments on the error: hashes, addresses, and for `AUTH` the password.
 * Whoever prints the error would print them too.
 */
export function withoutCommand<T>(failure: T): T {
  if (failure instanceof Error) delete (failure as { command?: unknown }).command;
  return failure;
}
