import type { OutboxRow } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';

/**
 * Takes revoked sessions out of the store, so that no refresh brings them back. The feed alone would not do: its entries are
 * forgotten once the last access token has expired, while a refresh token lives for days. Bears repetition.
 *
 * @throws {SessionStoreUnavailable}
 */
export async function endRevokedSessions(sessions: SessionStore, rows: readonly OutboxRow[]): Promise<void> {
  const revoked = rows.filter(({ entry }) => entry.scope === 'sid');
  await Promise.all(revoked.map(({ entry, userId }) => endOne(sessions, entry.value, userId)));
}

async function endOne(sessions: SessionStore, sessionId: string, knownOwner: number | null): Promise<void> {
  // Rows that were made while the database was away come back without their owner.
  const userId = knownOwner ?? (await sessions.ownerOf(sessionId));
  if (userId === undefined) return;
  await sessions.end(userId, sessionId);
  await sessions.confirmEnds(userId, [sessionId]);
}
