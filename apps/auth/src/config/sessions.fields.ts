import { type ConfigOf, integer, oneOf, seconds } from '@gatehouse/config';
import { LIMIT_POLICIES } from '../sign-in/session-settings.js';

/** The longest any session may last, in seconds: 90 days. */
export const LONGEST_SESSION_SECONDS = 7_776_000;

/** Variables about how long sessions last and how many a person may have. */
export const sessionFields = {
  REFRESH_TOKEN_EXPIRY: seconds({ min: 1, max: LONGEST_SESSION_SECONDS })
    .default('7d')
    .describe('A session ends this long after sign-in, whatever happens'),
  REMEMBER_ME_EXPIRY: seconds({ min: 1, max: LONGEST_SESSION_SECONDS })
    .default('30d')
    .describe(
      'The same for a sign-in with "remember me", which has no idle limit; REFRESH_TOKEN_EXPIRY where that is longer',
    ),
  SESSION_TTL: seconds({ min: 1, max: LONGEST_SESSION_SECONDS })
    .default('24h')
    .describe('A session ends when untouched this long'),
  MAX_SESSIONS_PER_USER: integer({ min: 1, max: 1_000 }).default('5').describe('Sessions a person may have at a time'),
  SESSION_LIMIT_POLICY: oneOf(...LIMIT_POLICIES)
    .default('evict_oldest')
    .describe(
      'What a sign-in beyond them does: ends the oldest (evict_oldest), is refused (deny), or asks which to end (ask)',
    ),
};

/** What the variables say, in the words of the policy. */
export function sessionPolicyOf(config: ConfigOf<typeof sessionFields>) {
  return {
    max_sessions_per_user: config.MAX_SESSIONS_PER_USER,
    idle_seconds: config.SESSION_TTL,
    absolute_seconds: config.REFRESH_TOKEN_EXPIRY,
    remember_me_seconds: config.REMEMBER_ME_EXPIRY,
    at_limit: config.SESSION_LIMIT_POLICY,
  };
}
