/**
 * What a sign-in does when a person has as many sessions as they may: end the oldest, be refused, or be refused with the list of
 * those that could make room, one of which the next attempt names.
 */
export const LIMIT_POLICIES = ['evict_oldest', 'deny', 'ask'] as const;
export type LimitPolicy = (typeof LIMIT_POLICIES)[number];

/** How long sessions last and how many a person may have. */
export abstract class SessionSettings {
  abstract readonly idleTtlMs: number;
  abstract readonly absoluteTtlMs: number;
  /** The absolute limit of a session that is remembered; never less than that of the others. It has no idle limit. */
  abstract readonly rememberMeTtlMs: number;
  abstract readonly maxSessionsPerUser: number;
  abstract readonly atLimit: LimitPolicy;
}
