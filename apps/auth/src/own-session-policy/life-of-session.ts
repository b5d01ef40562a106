import type { Session, SessionChange } from '@gatehouse/session-store';
import type { SessionSettings } from '../sign-in/session-settings.js';
import type { OwnSessionLimits } from '../users/user.js';

/** How long a session lasts. */
export interface SessionLife {
  /** Untouched, in ms. */
  readonly idleTtlMs: number;
  /** From its opening, whatever is refreshed, in ms. */
  readonly absoluteTtlMs: number;
}

export const NO_LIMITS: OwnSessionLimits = { maxSessions: null, idleSeconds: null, absoluteSeconds: null };

const msOf = (seconds: number | null) => (seconds === null ? Infinity : seconds * 1000);

/** How long a session of somebody with these limits lasts: of what the service allows and what they chose, the narrower. */
export function lifeOf(
  settings: SessionSettings,
  own: OwnSessionLimits,
  { rememberMe }: { readonly rememberMe: boolean },
): SessionLife {
  const allowedMs = rememberMe ? settings.rememberMeTtlMs : settings.absoluteTtlMs;
  const absoluteTtlMs = Math.min(allowedMs, msOf(own.absoluteSeconds));
  // "Remember me" gives up the idle deadline of the service, not that of the person.
  const idleTtlMs = rememberMe ? absoluteTtlMs : settings.idleTtlMs;
  return { absoluteTtlMs, idleTtlMs: Math.min(idleTtlMs, msOf(own.idleSeconds), absoluteTtlMs) };
}

/** How many sessions somebody with these limits may have at a time. */
export function mostSessionsOf(settings: SessionSettings, { maxSessions }: OwnSessionLimits): number {
  return Math.min(settings.maxSessionsPerUser, maxSessions ?? Infinity);
}

/** What these limits make of a session that is open. Where they are wider than its own, nothing. */
export function narrowedBy(
  { idleSeconds, absoluteSeconds }: OwnSessionLimits,
  { createdAtMs }: Pick<Session, 'createdAtMs'>,
): SessionChange {
  return {
    ...(idleSeconds === null ? {} : { idleAtMostMs: idleSeconds * 1000 }),
    ...(absoluteSeconds === null ? {} : { endsByMs: createdAtMs + absoluteSeconds * 1000 }),
  };
}
