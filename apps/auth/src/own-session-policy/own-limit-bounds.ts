import type { SessionSettings } from '../sign-in/session-settings.js';
import type { OwnSessionLimits } from '../users/user.js';
import { OwnLimitOutOfBounds } from './own-session-policy.errors.js';

export interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Between which each limit can be chosen. */
export type OwnLimitBounds = Readonly<Record<keyof OwnSessionLimits, Bounds>>;

/** Shorter, and a session would end while its owner reads, in seconds. */
const LEAST_IDLE_SECONDS = 900;
/** Shorter, and people would do little else than sign in, in seconds. */
const LEAST_ABSOLUTE_SECONDS = 3_600;

/**
 * @param accessTokenSeconds - life of an access token. An app refreshes when it runs out; with a shorter idle limit sessions in use
 *   would end.
 */
export function boundsWithin(settings: SessionSettings, accessTokenSeconds: number): OwnLimitBounds {
  return {
    maxSessions: upTo(settings.maxSessionsPerUser, 1),
    idleSeconds: upTo(settings.idleTtlMs / 1000, Math.max(LEAST_IDLE_SECONDS, accessTokenSeconds)),
    absoluteSeconds: upTo(settings.absoluteTtlMs / 1000, LEAST_ABSOLUTE_SECONDS),
  };
}

/** @throws {OwnLimitOutOfBounds} naming each limit that is not within them. */
export function assertWithin(bounds: OwnLimitBounds, chosen: Partial<OwnSessionLimits>): void {
  const broken = (Object.keys(bounds) as (keyof OwnLimitBounds)[]).flatMap((limit) => {
    const [value, { min, max }] = [chosen[limit], bounds[limit]];
    if (value === undefined || value === null || (value >= min && value <= max)) return [];
    return [{ limit, rule: value < min ? ('min' as const) : ('max' as const) }];
  });
  if (broken.length > 0) throw new OwnLimitOutOfBounds(broken);
}

/** Where the service itself allows less than the least, that is all there is to choose. */
function upTo(max: number, least: number): Bounds {
  return { min: Math.min(least, max), max };
}
