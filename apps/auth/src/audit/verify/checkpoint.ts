import type { Checkpoint } from './audit-verdict.js';

/** A newest event as people pass it on: its number and its hash, as `1234:0abc…`. */
export const CHECKPOINT_FORM = /^[1-9]\d{0,14}:[0-9a-f]{64}$/;

/** @returns `undefined` for text of another form. */
export function checkpointIn(text: string): Checkpoint | undefined {
  if (!CHECKPOINT_FORM.test(text)) return undefined;
  const [seq = '', hash = ''] = text.split(':');
  return { seq: Number(seq), hash };
}
