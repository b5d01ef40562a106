import type { RevocationRow } from '@gatehouse/revocation-log/sql';
import type { RevokedSessions } from '@gatehouse/session-store/sql';
import { orUnavailable } from '@gatehouse/sql';
import { type DataSource, In } from 'typeorm';

/** Revocations of sessions in the outbox, where each is kept until no token of the session can be accepted any more. */
const OF_THE_SESSION = "FROM revocations WHERE scope = 'sid' AND value = session_ledger.id";

/** The ends of sessions that are durable, whether or not the ledger has heard of them. */
export function revokedSessions(dataSource: DataSource): RevokedSessions {
  const rows = () => dataSource.getRepository<RevocationRow>('Revocation');
  return {
    async among(userId, sessions) {
      const ids = sessions.map(({ id }) => id);
      const [bySession, byUser] = await orUnavailable(() =>
        Promise.all([
          rows().findBy({ scope: 'sid', value: In(ids) }),
          rows().findBy({ scope: 'sub', value: String(userId) }),
        ]),
      );
      const revoked = new Set(bySession.map(({ value }) => value));
      // Other rights leave a session alone; every other reason ends those of a lower generation.
      const floor = Math.max(
        0,
        ...byUser.filter(({ reason }) => reason !== 'role_changed').map(({ cutoff }) => cutoff),
      );
      for (const { id, generation } of sessions) if (generation < floor) revoked.add(id);
      return revoked;
    },
    sql: { condition: `EXISTS (SELECT 1 ${OF_THE_SESSION})`, reason: `(SELECT MIN(reason) ${OF_THE_SESSION})` },
  };
}
