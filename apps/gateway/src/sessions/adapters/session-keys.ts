/**
 * Names in Redis. Everything of one session lies under one hash tag and so on one cluster slot, which is what lets one script
 * move it. A session id is no secret; no token and no cookie's secret ever is part of a name.
 */
export interface SessionKeys {
  /** Hash: the record field by field, and `tokens`, which are sealed. */
  readonly session: string;
  /** String: the id is not to be taken again. */
  readonly gone: string;
  /** Strings: who holds the lease. */
  readonly refreshLease: string;
  readonly providerLease: string;
}

export function sessionKeys(prefix: string, sid: string): SessionKeys {
  const tag = `${prefix}:{${sid}}`;
  return {
    session: `${tag}:session`,
    gone: `${tag}:gone`,
    refreshLease: `${tag}:lease:refresh`,
    providerLease: `${tag}:lease:provider-refresh`,
  };
}

/** Sorted set: session id by the moment it will end unless it is used. For figures only. */
export const liveKey = (prefix: string) => `${prefix}:live`;
