import type { Clock } from '@gatehouse/kernel';
import type { SessionLedger } from '@gatehouse/session-store/ledger';
import type { PersonalRecords } from '../accounts/personal-records/personal-records.js';
import { toSessionDto } from '../sessions/session.dto.js';

/** Sessions in an export at the most, those that ended last. */
const MAX_SESSIONS = 1_000;

/** Sessions that are over, and with an erased account all the ledger has of it: they have been ended by then. */
export function pastSessionRecords(ledger: SessionLedger, clock: Clock): PersonalRecords {
  return {
    section: 'past_sessions',
    about: async (userId) =>
      (await ledger.history(userId, MAX_SESSIONS)).map(({ session, endedAtMs, reason }) => ({
        ...toSessionDto(session, undefined, clock.nowMs()),
        is_active: false,
        ended_at: new Date(endedAtMs).toISOString(),
        end_reason: reason,
      })),
    forget: (userId) => ledger.forget(userId),
  };
}
