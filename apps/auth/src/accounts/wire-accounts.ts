import { type AuthSettings, publicUrlOf } from '../config/auth.config.js';
import type { AccountsModuleSettings } from './accounts.module.js';
import type { AccountTokenStore } from './tokens/account-token-store.port.js';

/** What the account rooms need, from the configuration. */
export function wireAccounts(settings: AuthSettings, tokens: AccountTokenStore): AccountsModuleSettings {
  return {
    tokens,
    settings: {
      appUrl: (settings.APP_URL ?? publicUrlOf(settings)).replace(/\/+$/, ''),
      requireVerifiedEmail: settings.REQUIRE_VERIFIED_EMAIL,
      enumerationSafe: settings.SIGNUP_ENUMERATION_SAFE,
      resetTtlMs: settings.PASSWORD_RESET_EXPIRY * 1000,
      verificationTtlMs: settings.EMAIL_VERIFICATION_EXPIRY * 1000,
      erasureDelayMs: settings.ACCOUNT_ERASURE_DELAY * 1000,
    },
  };
}
