import { availableParallelism } from 'node:os';
import type { Clock } from '@gatehouse/kernel';
import type { Logger, Metrics } from '@gatehouse/observability';
import type { AuthSettings } from '../config/auth.config.js';
import { Argon2PasswordHasher } from './adapters/argon2-password-hasher.js';
import { HashingThreads } from './adapters/hashing-threads.js';
import { PwnedPasswords } from './adapters/pwned-passwords.js';
import { HashingQueue } from './hashing-queue.js';
import { PasswordAdmission } from './password-admission.js';
import type { PasswordHasher } from './password-hasher.port.js';
import { PasswordPolicy } from './password-policy.js';
import type { PasswordRules } from './password-rules.js';

/** What NIST SP 800-63B-4 §3.1.1.2 asks of a password that stands alone. */
const ADVISED_MIN_LENGTH = 15;

export interface PasswordParts {
  readonly settings: AuthSettings;
  readonly rules: PasswordRules;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Puts together what deals with passwords, as the settings say. */
export function wirePasswords({ settings, rules, clock, metrics, logger }: PasswordParts) {
  const { PASSWORD_MIN_LENGTH: minLength } = settings;
  if (minLength < ADVISED_MIN_LENGTH) {
    logger.warn('PASSWORD_MIN_LENGTH is below 15: short for passwords that no second factor stands beside', {
      minLength,
    });
  }
  const threads = settings.HASHING_CONCURRENCY ?? Math.max(1, availableParallelism() - 1);
  // Of those that wait, one is with the threads already, so that the one that is done first has its next job.
  const handedOver = Math.min(1, settings.HASHING_QUEUE);
  const hashing = new HashingQueue({
    concurrency: threads + handedOver,
    queue: settings.HASHING_QUEUE - handedOver,
    maxWaitMs: settings.HASHING_MAX_WAIT_MS,
  });
  metrics.gauge({ name: 'auth_hashing_waiting', help: 'Passwords that wait to be hashed' }, () => hashing.length);
  metrics.gauge(
    { name: 'auth_hashing_capacity', help: 'Passwords that may be here at a time, those being hashed included' },
    () => hashing.capacity,
  );
  const tellOutage = (isOut: boolean) =>
    isOut
      ? logger.warn('the list of breached passwords does not answer; new passwords are taken without it')
      : logger.info('the list of breached passwords answers again');
  // There in any case, for whether it is asked may change while the service runs.
  const breaches = new PwnedPasswords({ baseUrl: settings.PASSWORD_BREACH_URL, clock, onOutage: tellOutage });
  const cost = { memoryKib: settings.ARGON2_MEMORY_KIB, passes: settings.ARGON2_PASSES, lanes: 1 };
  const hasher: PasswordHasher = new Argon2PasswordHasher(hashing, cost, new HashingThreads(threads));
  return { admission: new PasswordAdmission(hashing), hasher, policy: new PasswordPolicy(rules, breaches) };
}
