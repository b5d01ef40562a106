import type { SessionRecord } from '../ledger/session-record.js';

/**
 * Which of two accounts of one session is true: positive for the first, negative for the second, 0 when they are one. More
 * rotations win. Of two with the same rotation the one that rotated first does, because the other was made by a store that
 * had forgotten the first; then the one with more changes.
 */
export function compareRecords(a: SessionRecord, b: SessionRecord): number {
  if (a.rotation !== b.rotation) return a.rotation - b.rotation;
  const [aMs, bMs] = [a.rotatedAtMs ?? 0, b.rotatedAtMs ?? 0];
  return aMs === bMs ? a.version - b.version : bMs - aMs;
}
