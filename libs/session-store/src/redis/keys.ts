/**
 * Keys of the Redis adapter. Everything of one user lies under one hash tag and so on one cluster slot, which is what lets
 * one script move it atomically. Session ids in key names are random hex and no secret; no token ever is part of a key.
 */
export interface UserKeys {
  /** Sorted set: session id by order of opening. */
  readonly index: string;
  /** Hash: session id to the cause for which the store itself ended it, until its revocation is durable. */
  readonly ended: string;
  /** String: when, by the server's clock in ms, the user's sessions were last compared with the ledger. */
  readonly restored: string;
  /** Sorted set: ids of sessions that have ended, by the moment up to which nothing may bring them back. */
  readonly gone: string;
  /** What a session's hash is called, up to the session id. */
  readonly prefix: string;
}

export function userKeys(userId: number): UserKeys {
  const tag = `session:{u${userId}}`;
  return {
    index: `${tag}:index`,
    ended: `${tag}:ended`,
    restored: `${tag}:restored`,
    gone: `${tag}:gone`,
    prefix: `${tag}:s:`,
  };
}

/** String: whose session it is. Not under the user's tag, since whoever asks does not know the user yet. */
export const ownerKey = (sessionId: string) => `session:owner:${sessionId}`;

/** Sorted set of live sessions by deadline, for the gauge only. */
export const LIVE_KEY = 'session:live';

/** The keys that every script names. */
export function scriptKeys(userId: number): Omit<UserKeys, 'prefix'> {
  const { index, ended, restored, gone } = userKeys(userId);
  return { index, ended, restored, gone };
}

/** An owner is known this much longer than the session, in ms, so that its refresh token can be told from an unknown one. */
export const OWNER_KEEP_MS = 3_600_000;
