import { randomUUID } from 'node:crypto';
import type { ActivityBatch, ReportedActivity } from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';

/** Activity of a session; say only what the test is about. */
export function someActivity(given: Partial<ReportedActivity> = {}): ReportedActivity {
  return { userId: 1, sessionId: randomHex(32), requests: 1, agoMs: 0, ipAddresses: ['192.0.2.1'], ...given };
}

/** The first batch of a new validator; say only what the test is about. */
export function aBatch(given: Partial<ActivityBatch> = {}): ActivityBatch {
  return { instance: randomUUID(), batch: 1, sessions: [someActivity()], ...given };
}
