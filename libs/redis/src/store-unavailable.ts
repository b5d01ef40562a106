import { SessionStoreUnavailable } from '@gatehouse/failures';

/** The one place where a failure of Redis gets its name. */
export function storeUnavailable(cause: unknown): SessionStoreUnavailable {
  return cause instanceof SessionStoreUnavailable
    ? cause
    : new SessionStoreUnavailable('Redis did not do what was asked', { cause });
}

/** Runs `use`, naming whatever it throws. */
export async function orStoreUnavailable<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use();
  } catch (cause) {
    throw storeUnavailable(cause);
  }
}
