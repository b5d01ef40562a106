import type { Session } from '../session.js';

/** Everything there is to know of a live session: what it takes to make it anew. */
export interface SessionRecord extends Session {
  /** SHA-256 of its current refresh token, hex. */
  readonly refreshTokenHash: string;
  /** When that token was installed; `null` while it is the one of the sign-in. */
  readonly rotatedAtMs: number | null;
  readonly idleTtlMs: number;
  /** Grows with each change of the session. Of two records with the same rotation the higher one is the later. */
  readonly version: number;
  /** Place among the user's sessions in the order of opening: microseconds since the epoch, no two alike. */
  readonly order: number;
}

/** The part of it that others may see. Field by field, for a rest pattern makes objects that are slow to build and to read. */
export function asSession(record: SessionRecord): Session {
  return {
    id: record.id,
    userId: record.userId,
    email: record.email,
    roles: record.roles,
    scope: record.scope,
    generation: record.generation,
    clientId: record.clientId,
    authMethods: record.authMethods,
    acr: record.acr,
    authenticatedAtMs: record.authenticatedAtMs,
    ipAddress: record.ipAddress,
    userAgent: record.userAgent,
    deviceName: record.deviceName,
    deviceId: record.deviceId,
    actorId: record.actorId,
    rememberMe: record.rememberMe,
    createdAtMs: record.createdAtMs,
    lastAccessAtMs: record.lastAccessAtMs,
    idleExpiresAtMs: record.idleExpiresAtMs,
    absoluteExpiresAtMs: record.absoluteExpiresAtMs,
    requestCount: record.requestCount,
    lastRequestAtMs: record.lastRequestAtMs,
    ipAddresses: record.ipAddresses,
    rotation: record.rotation,
  };
}

/** A session that has ended, in the words of whoever ended it. */
export interface EndedRecord {
  readonly userId: number;
  readonly sessionId: string;
  /** As `RevocationReason`. */
  readonly reason: string;
}

/** Is told what a store does, right after it was done and before the caller learns of it. Must not throw. */
export interface SessionWitness {
  /** The session was opened or changed, and is now this. */
  changed(record: SessionRecord): void;
  /** It has ended, or was asked to end without being there: it must never come back. */
  ended(ended: EndedRecord): void;
}

/**
 * The store does not know whether it knows this user's sessions, or holds one that it did not write: compare them with the ledger
 * first.
 */
export class UserUnrestored extends Error {
  override readonly name = 'UserUnrestored';
  constructor() {
    super('the sessions of the user have not been compared with the ledger');
  }
}
