import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import type { KnownSessions } from '../ledger/restorable-session-store.js';
import type { SessionRecord } from '../ledger/session-record.js';
import { OWNER_KEEP_MS, ownerKey, scriptKeys, userKeys } from './keys.js';
import { toRestore, trustedRecord, whichIs } from './replies.js';
import { listSessions } from './scripts/list-sessions.script.js';
import { restoreSessions } from './scripts/restore-sessions.script.js';
import type { SessionSeals } from './session-seals.js';

/** How long a user without sessions is remembered as compared with the ledger, in ms. */
const RESTORED_KEEP_MS = 3_600_000;

/** Merges what the ledger has into what Redis has. @returns the ids that changed, and the sessions the ledger knows less of */
export async function restoreUser(
  redis: RedisConnection,
  userId: number,
  known: KnownSessions,
  seals?: SessionSeals,
): Promise<{ changed: string[]; news: SessionRecord[] }> {
  // Before the sessions, so that a refresh token can always be traced to its user.
  await orStoreUnavailable(() =>
    Promise.all(
      known.open.map(({ id, absoluteExpiresAtMs }) =>
        redis.set(ownerKey(id), userId, 'PXAT', absoluteExpiresAtMs + OWNER_KEEP_MS),
      ),
    ),
  );
  const { prefix } = userKeys(userId);
  const isForeign = (hash: readonly string[]) => !trustedRecord(userId, hash, seals);
  const here = seals
    ? await listSessions.run(redis, scriptKeys(userId), { prefix, restoredSince: '', onlySid: '' })
    : [];
  const { changed, news } = await restoreSessions.run(redis, scriptKeys(userId), {
    prefix,
    // Whatever moves ask for, here it is the answer.
    restoredSince: 0,
    records: JSON.stringify(known.open.map((record) => toRestore(record, seals))),
    endedIds: JSON.stringify(known.endedIds),
    keepMs: RESTORED_KEEP_MS,
    distrusted: JSON.stringify(here.filter(isForeign).map(whichIs)),
  });
  // The ledger hears of nothing that we did not write.
  return { changed, news: news.flatMap((hash) => trustedRecord(userId, hash, seals) ?? []) };
}

/** See `RestorableSessionStore.lossPossibleAtMs`. */
export function lossPossibleAtMs(redis: RedisConnection, afterOutage: boolean): Promise<number> {
  return orStoreUnavailable(async () => {
    const [seconds, micros] = await redis.time();
    const nowMs = Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
    if (afterOutage) return nowMs;
    const uptime = /^uptime_in_seconds:(\d+)/m.exec(await redis.info('server'))?.[1];
    // A server that has just come up may have come up without the last second of what it had acknowledged.
    return nowMs - Number(uptime ?? 0) * 1000;
  });
}
