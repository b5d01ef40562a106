import { type ConfigOf, flag, seconds } from '@gatehouse/config';
import { mailOf, type mailFields } from './mail.fields.js';

/** Variables about accounts and what their owners do with them. */
export const accountFields = {
  REQUIRE_VERIFIED_EMAIL: flag()
    .default('false')
    .describe('Lets people sign in only after they have followed the link that was mailed to them'),
  SIGNUP_ENUMERATION_SAFE: flag()
    .default('false')
    .describe('Sign-up answers 202 alike for known and unknown addresses; what happened, only the mailbox learns'),
  PASSWORD_RESET_EXPIRY: seconds({ min: 60, max: 86_400 }).default('30m').describe('Life of a link to a new password'),
  EMAIL_VERIFICATION_EXPIRY: seconds({ min: 300, max: 2_592_000 })
    .default('24h')
    .describe('Life of a link that proves an address'),
  ACCOUNT_ERASURE_DELAY: seconds({ min: 0, max: 7_776_000 })
    .default('14d')
    .describe('How long a person may think better of deleting their account; 0 erases at once'),
};

/** Where people are told something by mail only, there must be mail. A developer's machine has its inbox page. */
export function accountsAreSound(
  config: ConfigOf<typeof accountFields> & ConfigOf<typeof mailFields> & { readonly NODE_ENV: string },
): readonly string[] {
  if (config.NODE_ENV !== 'production') return [];
  const { settings, faults } = mailOf(config);
  if (settings !== undefined || faults.length > 0) return [];
  const needing = (['REQUIRE_VERIFIED_EMAIL', 'SIGNUP_ENUMERATION_SAFE'] as const).filter((name) => config[name]);
  return needing.map((name) => `${name} needs a mail server (SMTP_URL or SMTP_HOST)`);
}
