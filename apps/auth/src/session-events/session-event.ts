import { SESSION_ID_PATTERN } from '@gatehouse/contracts';

/**
 * What happened to a session: opened; ended by a person, an administrator or a rule; ended to make room for a newer one. One that
 * runs out is not told: nobody does anything then.
 */
export const SESSION_EVENT_TYPES = ['session.created', 'session.revoked', 'session.evicted'] as const;
export type SessionEventType = (typeof SESSION_EVENT_TYPES)[number];

/** Something that happened to one session of one person. */
export interface SessionEvent {
  /** A random UUID. */
  readonly id: string;
  readonly type: SessionEventType;
  readonly userId: number;
  readonly sessionId: string;
  readonly atMs: number;
  /** Why it ended, as in the revocation; the empty string for one that was opened. */
  readonly reason: string;
}

/** The event, or `undefined` for anything that is not one. */
export function asSessionEvent(raw: unknown): SessionEvent | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { id, type, userId, sessionId, atMs, reason } = raw as Record<string, unknown>;
  const sound =
    typeof id === 'string' &&
    /^[0-9a-f-]{36}$/.test(id) &&
    (SESSION_EVENT_TYPES as readonly unknown[]).includes(type) &&
    Number.isSafeInteger(userId) &&
    typeof sessionId === 'string' &&
    SESSION_ID_PATTERN.test(sessionId) &&
    Number.isSafeInteger(atMs) &&
    typeof reason === 'string' &&
    /^[a-z_]{0,32}$/.test(reason);
  if (!sound) return undefined;
  return { id, type: type as SessionEventType, userId: userId as number, sessionId, atMs: atMs as number, reason };
}
