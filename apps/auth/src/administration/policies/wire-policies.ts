import type { Logger } from '@gatehouse/observability';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { AuthSettings } from '../../config/auth.config.js';
import { sessionPolicyOf } from '../../config/sessions.fields.js';
import { LiveLimitFigures } from './live-limit-figures.js';
import { LivePasswordRules } from './live-password-rules.js';
import { LiveSessionSettings } from './live-session-settings.js';
import { PolicyKeeper } from './policy-keeper.js';
import type { PolicyStore } from './policy-store.port.js';

/** What can be set while the service runs. */
export interface PolicyRoom {
  readonly keeper: PolicyKeeper;
  readonly session: LiveSessionSettings;
  readonly password: LivePasswordRules;
  readonly rateLimits: LiveLimitFigures;
  /** Whether anything is limited at all. */
  readonly limitsEnabled: boolean;
}

/** The policies as configured, and what keeps them to what was set since. */
export function wirePolicies(
  settings: AuthSettings,
  store: PolicyStore,
  audit: AuditLog,
  logger: Pick<Logger, 'warn'>,
): PolicyRoom {
  const session = new LiveSessionSettings(sessionPolicyOf(settings));
  const password = configuredPasswordRules(settings);
  const rateLimits = new LiveLimitFigures({
    signin_per_minute: settings.RATE_LIMIT_SIGNIN_PER_MINUTE,
    pair_per_hour: settings.RATE_LIMIT_PAIR_PER_HOUR,
    api_per_minute: settings.RATE_LIMIT_API_PER_MINUTE,
    client_per_minute: settings.RATE_LIMIT_CLIENT_PER_MINUTE,
    signin_free_failures: settings.SIGNIN_FREE_FAILURES,
    signin_delay_max_seconds: settings.SIGNIN_DELAY_MAX,
  });
  const keeper = new PolicyKeeper(store, [session, password, rateLimits], audit, logger);
  return { keeper, session, password, rateLimits, limitsEnabled: settings.RATE_LIMIT_ENABLED };
}

/** What the variables say of passwords. */
export function configuredPasswordRules(settings: AuthSettings): LivePasswordRules {
  return new LivePasswordRules({
    min_length: settings.PASSWORD_MIN_LENGTH,
    check_breaches: settings.PASSWORD_BREACH_CHECK !== 'off',
    refused_words: [],
  });
}
