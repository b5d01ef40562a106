import { integer, oneOf, url } from '@gatehouse/config';

/** Variables about passwords and the work of hashing them. */
export const passwordFields = {
  PASSWORD_MIN_LENGTH: integer({ min: 8, max: 64 })
    .default('8')
    .describe('Least length of a new password; 15 is advised where there is no second factor'),
  PASSWORD_BREACH_CHECK: oneOf('off', 'hibp')
    .default('off')
    .describe('hibp refuses new passwords that are known from breaches; five digits of a hash leave the process'),
  PASSWORD_BREACH_URL: url()
    .default('https://api.pwnedpasswords.com')
    .describe('Where the list of breached passwords answers /range/; a mirror of your own will do'),
  ARGON2_MEMORY_KIB: integer({ min: 19_456, max: 262_144 })
    .default('19456')
    .describe('Memory of one argon2id hash in KiB; a raise reaches each password at its next sign-in'),
  ARGON2_PASSES: integer({ min: 2, max: 10 }).default('2').describe('Passes of argon2id over that memory'),
  HASHING_CONCURRENCY: integer({ min: 1, max: 64 })
    .optional()
    .describe('Passwords hashed at a time; when absent one for each processor core but one'),
  HASHING_QUEUE: integer({ min: 0, max: 10_000 })
    .default('64')
    .describe('Passwords that may wait to be hashed; beyond it sign-in answers 503 at once'),
  HASHING_MAX_WAIT_MS: integer({ min: 50, max: 60_000 })
    .default('1000')
    .describe(
      'Longest a password may have to wait, as far as recent ones tell; who would wait longer gets 503 at once',
    ),
};

/** One hash must not take as long as a request may. */
const MOST_ARGON2_WORK_KIB = 1_048_576;

/** A rule over them. */
export function hashingIsBearable(config: { ARGON2_MEMORY_KIB: number; ARGON2_PASSES: number }): readonly string[] {
  return config.ARGON2_MEMORY_KIB * config.ARGON2_PASSES > MOST_ARGON2_WORK_KIB
    ? [`ARGON2_MEMORY_KIB times ARGON2_PASSES must not exceed ${MOST_ARGON2_WORK_KIB}: a sign-in would take too long`]
    : [];
}
