import { flag, integer, seconds } from '@gatehouse/config';

/** How often, and how much is remembered of devices. What each figure counts stands in docs/auth/limits.md. */
export const limitsFields = {
  RATE_LIMIT_ENABLED: flag().default('true').describe('Counts attempts and refuses too many'),
  RATE_LIMIT_SIGNIN_PER_MINUTE: integer({ min: 1, max: 1_000_000 })
    .default('10')
    .describe('Attempts at a password per minute: of one network at one route, and at one account'),
  RATE_LIMIT_PAIR_PER_HOUR: integer({ min: 1, max: 1_000_000 })
    .default('60')
    .describe('Attempts at one account from one network, per hour'),
  RATE_LIMIT_API_PER_MINUTE: integer({ min: 1, max: 10_000_000 })
    .default('600')
    .describe('Other requests per minute and caller'),
  RATE_LIMIT_CLIENT_PER_MINUTE: integer({ min: 1, max: 10_000_000 })
    .default('300')
    .describe('Requests of one client from one network to the routes of OAuth, per minute'),
  SIGNIN_FREE_FAILURES: integer({ min: 0, max: 100 })
    .default('2')
    .describe('Wrong passwords for one account that cost no delay; the next costs 1 s, then 2 s, 4 s and so on'),
  SIGNIN_DELAY_MAX: seconds({ min: 1, max: 86_400 })
    .default('15m')
    .describe('Longest delay that wrong passwords for one account may cost'),
  MAX_DEVICES_PER_USER: integer({ min: 1, max: 1_000 })
    .default('50')
    .describe('Devices remembered per person; one more forgets the one seen longest ago'),
};
