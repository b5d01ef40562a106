import type { SecurityEvent } from './security-event.js';

/** Makes security event tokens (RFC 8417) that our published keys vouch for. */
export abstract class SecurityEventSigner {
  /** @throws {NoKeysYet} while the database has not been reached since the start. */
  abstract sign(event: SecurityEvent, audience: string): Promise<string>;
}
