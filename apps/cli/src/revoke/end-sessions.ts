import type { OutboxRow } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';

/**
 * Takes revoked sessions out of the store, as the auth service does: the feed forgets an entry once the last access token
 * has expired, while a refresh token lives for days.
 *
 * @throws {SessionStoreUnavailable}
 */
export async function endSessions(
  sessions: Pick<SessionStore, 'ownerOf' | 'end' | 'confirmEnds'>,
  rows: readonly OutboxRow[],
): Promise<void> {
  for (const { entry, userId } of rows) {
    if (entry.scope !== 'sid') continue;
    const owner = userId ?? (await sessions.ownerOf(entry.value));
    if (owner === undefined) continue;
    await sessions.end(owner, entry.value);
    await sessions.confirmEnds(owner, [entry.value]);
  }
}
