import { AppError } from '@gatehouse/failures';
import type { PastPlace } from '@gatehouse/session-store/ledger';

/** The cursor is not one we gave out. */
export class InvalidHistoryCursor extends AppError {
  readonly code = 'VALIDATION_ERROR';
  constructor() {
    super('the cursor is not one of the history of sessions');
  }
}

export function cursorOf({ endedAtMs, sessionId }: PastPlace): string {
  return Buffer.from(`${endedAtMs}.${sessionId}`).toString('base64url');
}

/**
 * It only says where to go on among one's own sessions: whoever makes one up sees nothing more by it.
 *
 * @throws {InvalidHistoryCursor}
 */
export function placeOf(cursor: string): PastPlace {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, endedAtMs, sessionId] = /^(\d{1,15})\.([0-9a-f]{64})$/.exec(text) ?? [];
  if (endedAtMs === undefined || sessionId === undefined) throw new InvalidHistoryCursor();
  return { endedAtMs: Number(endedAtMs), sessionId };
}
