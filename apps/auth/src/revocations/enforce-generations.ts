import type { OutboxRow, RevocationOutbox } from '@gatehouse/revocation-log';
import type { Session, SessionRights, SessionStore } from '@gatehouse/session-store';

/** What a user may do right now, as the database has it; `undefined` for nobody, and for somebody who may not sign in. */
export type RightsOf = (userId: number) => Promise<SessionRights | undefined>;

/** More than the revocations of one user that are kept at a time: they are pruned once delivered and past. */
const MAX_KEPT = 1_000;

/**
 * Brings the sessions of users to the generation the feed asks for: those of before an end are ended, the others get the
 * rights their user has now. Goes by what is kept and not by what has just arrived, so the order of arrival does not matter:
 * new rights must not save a session that an older entry has ended. Bears repetition.
 *
 * @throws {SessionStoreUnavailable}
 * @throws {DatabaseUnavailable}
 */
export async function enforceGenerations(
  parts: { readonly sessions: SessionStore; readonly outbox: RevocationOutbox; readonly rightsOf: RightsOf },
  rows: readonly OutboxRow[],
): Promise<void> {
  const users = new Set(rows.filter(({ entry }) => entry.scope === 'sub').map(({ entry }) => entry.value));
  for (const user of users) {
    const told = rows.filter(({ entry }) => entry.scope === 'sub' && entry.value === user);
    const kept = await parts.outbox.page({ limit: MAX_KEPT, scope: 'sub', value: user });
    await enforceForUser(parts, Number(user), endedBelow([...told, ...kept]));
  }
}

async function enforceForUser(
  { sessions, rightsOf }: { readonly sessions: SessionStore; readonly rightsOf: RightsOf },
  userId: number,
  floor: number,
): Promise<void> {
  if (!Number.isSafeInteger(userId)) return;
  const rights = await rightsOf(userId);
  const isDoomed = ({ generation }: Session) => !rights || generation < floor;
  for (const { id } of (await sessions.list(userId)).filter(isDoomed)) {
    await sessions.end(userId, id);
    await sessions.confirmEnds(userId, [id]);
  }
  if (rights) await sessions.changeRights(userId, rights);
}

/** Other rights leave sessions alone; every other reason ends those of a lower generation. */
export function endedBelow(rows: readonly OutboxRow[]): number {
  return Math.max(0, ...rows.map(({ entry }) => (entry.reason === 'role_changed' ? 0 : entry.cutoff)));
}
