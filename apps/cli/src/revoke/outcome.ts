import type { Terminal } from '../terminal/terminal.js';
import { instant } from '../terminal/times.js';
import type { RevocationReceipt } from './revoke.js';

/** What `revoke` answers. */
export interface Outcome extends RevocationReceipt {
  /** False: in force, and lost if Redis loses what it holds. */
  readonly isDurable: boolean;
  /** False: kept in the database; the relay of the auth service will bring it into the feed. */
  readonly isDelivered: boolean;
  /** Place of the last entry in the feed. */
  readonly position: string | null;
  /** With `--wait`, from the beginning of the writing; `null` when it was not applied in time. */
  readonly appliedAfterMs?: number | null;
}

export function outcomeLines(outcome: Outcome, terminal: Terminal): string[] {
  const { id, entries, durableIn, isDurable, isDelivered, position, appliedAfterMs } = outcome;
  if (durableIn === null) return ['nothing to revoke: the user has no open session'];
  const kept = { database: 'kept in the database', log: 'kept in Redis only: name DATABASE_URL to outlive its loss' };
  return [
    `${terminal.tint('good', 'revoked')}  receipt ${id}  ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}`,
    ...entries.map(({ scope, value, cutoff, untilMs }) => {
      const upTo = cutoff > 0 ? `  cut-off ${cutoff}` : '';
      return `  ${scope.padEnd(6)} ${value}${upTo}  kept until ${instant(untilMs)}`;
    }),
    isDurable
      ? kept[durableIn]
      : terminal.tint('bad', 'in force, but nothing keeps it: Redis has neither append-only file nor replica'),
    ...(position === null ? [] : [`place in the feed ${position}`]),
    ...(isDelivered ? [] : [terminal.tint('doubtful', 'not in the feed yet: the auth service will bring it there')]),
    ...(appliedAfterMs === undefined ? [] : [waited(appliedAfterMs, terminal)]),
  ];
}

function waited(ms: number | null, terminal: Terminal): string {
  return ms === null
    ? terminal.tint('bad', 'not seen applied by a validator here in time')
    : `applied by a validator here ${ms.toFixed(1)} ms after writing began`;
}
