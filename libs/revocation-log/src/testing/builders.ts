import type { RevocationEntry } from '@gatehouse/contracts';
import { randomHex, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow } from '../outbox.port.js';

/** A valid revocation of a session nobody else has; say only what the test is about. */
export function anEntry(given: Partial<RevocationEntry> = {}): RevocationEntry {
  return {
    id: randomUuid(),
    scope: 'sid',
    value: randomHex(32),
    cutoff: 0,
    untilMs: Date.now() + 900_000,
    reason: 'user_signout',
    ...given,
  };
}

export const aRow = (given: Partial<RevocationEntry> = {}, userId: number | null = 7): OutboxRow => ({
  entry: anEntry(given),
  userId,
});
