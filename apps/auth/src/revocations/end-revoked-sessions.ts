import type { RevocationEntry } from '@gatehouse/contracts';
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
  const devices = rows.filter(({ entry }) => entry.scope === 'device');
  await Promise.all([
    ...revoked.map(({ entry, userId }) => endOne(sessions, entry, userId)),
    ...devices.map(({ entry, userId }) => endDevice(sessions, entry, userId)),
  ]);
}

/** @param userId - `null` where nobody told whose device it is: then only its tokens are refused */
async function endDevice(sessions: SessionStore, entry: RevocationEntry, userId: number | null): Promise<void> {
  if (userId === null) return;
  const opened = (await sessions.list(userId)).filter(({ deviceId }) => deviceId === entry.value);
  await Promise.all(opened.map(({ id }) => endOne(sessions, { ...entry, value: id }, userId)));
}

async function endOne(
  sessions: SessionStore,
  { value: sessionId, reason }: RevocationEntry,
  knownOwner: number | null,
): Promise<void> {
  // Rows that were made while the database was away come back without their owner.
  const userId = knownOwner ?? (await sessions.ownerOf(sessionId));
  if (userId === undefined) return;
  await sessions.end(userId, sessionId, reason);
  await sessions.confirmEnds(userId, [sessionId]);
}
