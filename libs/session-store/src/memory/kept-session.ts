import type { EndedSession, NewSession, Session } from '../session.js';
import { asSession, type SessionRecord } from '../ledger/session-record.js';

/** A session as memory holds it. */
export interface Kept {
  facts: NewSession;
  readonly createdAtMs: number;
  absoluteExpiresAtMs: number;
  idleExpiresAtMs: number;
  lastAccessAtMs: number;
  requestCount: number;
  lastRequestAtMs: number | null;
  readonly ipAddresses: string[];
  refreshTokenHash: string;
  rotation: number;
  rotatedAtMs: number | null;
  version: number;
  readonly order: number;
  /** `undefined` until it is refreshed for the first time, and for one that was made anew from the ledger. */
  previous?:
    { readonly hash: string; readonly sealedSuccessor: string; readonly attempt?: string | undefined } | undefined;
}

/** What all views of one store share. */
export class Memory {
  /** By user; within a user in the order of opening. */
  readonly sessions = new Map<number, Map<string, Kept>>();
  readonly ended = new Map<number, Map<string, EndedSession>>();
  /** In the order of opening. Outlives the session, as its refresh token does. */
  readonly owners = new Map<string, { userId: number; untilMs: number }>();
  /** Users whose sessions were compared with the ledger. */
  readonly restored = new Set<number>();
  /** Sessions that must not come back. */
  readonly gone = new Map<string, number>();
  order = 0;
}

export const toSession = (kept: Kept): Session => asSession(toRecord(kept));

export function toRecord(kept: Kept): SessionRecord {
  const { refreshTokenHash: _hash, absoluteTtlMs: _absolute, ...facts } = kept.facts;
  return {
    ...facts,
    createdAtMs: kept.createdAtMs,
    lastAccessAtMs: kept.lastAccessAtMs,
    idleExpiresAtMs: kept.idleExpiresAtMs,
    absoluteExpiresAtMs: kept.absoluteExpiresAtMs,
    requestCount: kept.requestCount,
    lastRequestAtMs: kept.lastRequestAtMs,
    ipAddresses: [...kept.ipAddresses],
    rotation: kept.rotation,
    refreshTokenHash: kept.refreshTokenHash,
    rotatedAtMs: kept.rotatedAtMs,
    version: kept.version,
    order: kept.order,
  };
}

export function toKept(record: SessionRecord): Kept {
  return {
    ...record,
    facts: { ...record, absoluteTtlMs: record.absoluteExpiresAtMs - record.createdAtMs },
    ipAddresses: [...record.ipAddresses],
  };
}
