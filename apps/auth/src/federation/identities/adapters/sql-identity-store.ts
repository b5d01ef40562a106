import { isDuplicateKey, orUnavailable, transaction } from '@gatehouse/sql';
import type { Clock } from '@gatehouse/kernel';
import { type DataSource, type EntityManager, In, IsNull, LessThan, LessThanOrEqual, Not } from 'typeorm';
import { rowOf, toUser } from '../../../users/adapters/sql-user-repository.js';
import type { UserRow } from '../../../users/adapters/user.entity.js';
import { hasPassword } from '../../../passwords/no-password.js';
import type { UsedAssertionRow } from '../../../oauth/clients/adapters/used-assertion.entity.js';
import { EmailTaken } from '../../../users/users.errors.js';
import type { NewUser, User } from '../../../users/user.js';
import { IdentityTaken } from '../../federation.errors.js';
import type { FederatedSession, LinkedIdentity, NewIdentity, ProviderLogout } from '../identity.js';
import { IdentityStore, type Unlinked } from '../identity-store.port.js';
import { keyPrint } from '../prints.js';
import type { EndedProviderSessionRow, FederatedSessionRow, IdentityRow } from './identity.entity.js';

/**
 * How long an ended session of a provider is remembered, in ms: outlives every ID token and code that was issued in it, so that no sign-in
 * that was on its way brings it back.
 */
const REMEMBER_ENDED_MS = 3_600_000;
/** More sessions at once than a person may have, by far. */
const MAX_ENDED = 1_000;

/** Identities in MySQL or SQLite. */
export class SqlIdentityStore extends IdentityStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async findByKey(key: string): Promise<LinkedIdentity | undefined> {
    const row = await orUnavailable(() => identitiesOf(this.dataSource.manager).findOneBy({ keyPrint: keyPrint(key) }));
    return row ? toIdentity(row) : undefined;
  }

  override async list(userId: number): Promise<LinkedIdentity[]> {
    const rows = await orUnavailable(() =>
      identitiesOf(this.dataSource.manager).find({ where: { userId }, order: { linkedAtMs: 'ASC', id: 'ASC' } }),
    );
    return rows.map(toIdentity);
  }

  override async createUser(user: NewUser, identity: NewIdentity): Promise<User> {
    const row = rowOf(user, this.clock.nowMs());
    // What was duplicate: the address, until the user's row stands.
    let isUserIn = false;
    try {
      return await transaction(this.dataSource, async (manager) => {
        isUserIn = false;
        const { identifiers } = await manager.getRepository<UserRow>('User').insert(row);
        isUserIn = true;
        const id = Number(identifiers[0]?.['id']);
        await identitiesOf(manager).insert(toRow(id, identity));
        return toUser({ ...row, id });
      });
    } catch (cause) {
      if (!isDuplicateKey(cause)) throw cause;
      throw isUserIn ? new IdentityTaken({ cause }) : new EmailTaken({ cause });
    }
  }

  override async link(userId: number, identity: NewIdentity): Promise<void> {
    try {
      await orUnavailable(() => identitiesOf(this.dataSource.manager).insert(toRow(userId, identity)));
    } catch (cause) {
      if (isDuplicateKey(cause)) throw new IdentityTaken({ cause });
      throw cause;
    }
  }

  override unlink(userId: number, id: string): Promise<Unlinked> {
    return transaction<Unlinked>(this.dataSource, async (manager) => {
      // Two that each take the other away must not both find that one is left.
      const query = manager.getRepository<UserRow>('User').createQueryBuilder('u').where({ id: userId });
      if (this.dataSource.options.type === 'mysql') query.setLock('pessimistic_write');
      const user = await query.getOne();
      const rows = await identitiesOf(manager).findBy({ userId });
      const row = rows.find((one) => one.id === id);
      if (!user || !row) return { kind: 'unknown' };
      if (rows.length === 1 && !hasPassword(user.passwordHash)) return { kind: 'last' };
      const sessions = await sessionsOf(manager).findBy({ userId, identityId: id });
      await identitiesOf(manager).delete({ id });
      return { kind: 'unlinked', identity: toIdentity(row), sessionIds: sessions.map(({ sessionId }) => sessionId) };
    });
  }

  override async dropOrphan(id: string, userId: number): Promise<void> {
    await orUnavailable(() => identitiesOf(this.dataSource.manager).delete({ id, userId }));
  }

  override async noteUse(id: string, { label, atMs }: { label: string | null; atMs: number }): Promise<void> {
    await orUnavailable(() => identitiesOf(this.dataSource.manager).update({ id }, { label, lastUsedAtMs: atMs }));
  }

  override async noteGranted(id: string, roles: readonly string[]): Promise<void> {
    const grantedRoles = JSON.stringify(roles);
    await orUnavailable(() => identitiesOf(this.dataSource.manager).update({ id }, { grantedRoles }));
  }

  override async noteSession(session: FederatedSession): Promise<void> {
    await orUnavailable(() => sessionsOf(this.dataSource.manager).insert({ ...session, endedAtMs: null }));
  }

  override async findSession(sessionId: string): Promise<FederatedSession | undefined> {
    const row = await orUnavailable(() => sessionsOf(this.dataSource.manager).findOneBy({ sessionId }));
    return row ? toSession(row) : undefined;
  }

  override async isStanding({ sessionId, providerSessionPrint: print }: FederatedSession): Promise<boolean> {
    const { manager } = this.dataSource;
    return orUnavailable(async () => {
      const stands = await sessionsOf(manager).existsBy({ sessionId, endedAtMs: IsNull() });
      return stands && (print === null || !(await endedOf(manager).existsBy({ print })));
    });
  }

  override async forgetSessions(sessionIds: readonly string[]): Promise<void> {
    if (sessionIds.length === 0) return;
    await orUnavailable(() => sessionsOf(this.dataSource.manager).delete({ sessionId: In([...sessionIds]) }));
  }

  override async endAtProvider(
    logout: ProviderLogout,
    atMs: number,
    taken: { readonly print: string; readonly untilMs: number } | undefined,
  ): Promise<FederatedSession[] | undefined> {
    const { providerSessionPrint: print, subjectPrint, openedUpToMs } = logout;
    if (print === undefined && subjectPrint === undefined) return [];
    try {
      return await transaction(this.dataSource, async (manager) => {
        if (taken) await manager.getRepository<UsedAssertionRow>('UsedAssertion').insert(used(taken));
        // Only where it is signed: names that anybody may make up must not fill a table.
        if (taken && print !== undefined) {
          await endedOf(manager).upsert({ print, expiresAtMs: atMs + REMEMBER_ENDED_MS }, ['print']);
        }
        const meant = {
          ...(print === undefined ? {} : { providerSessionPrint: print }),
          ...(subjectPrint === undefined ? {} : { subjectPrint }),
          ...(openedUpToMs === undefined ? {} : { openedAtMs: LessThanOrEqual(openedUpToMs) }),
        };
        const rows = await sessionsOf(manager).find({ where: meant, take: MAX_ENDED });
        const ids = rows.map(({ sessionId }) => sessionId);
        if (ids.length > 0) await sessionsOf(manager).update({ sessionId: In(ids) }, { endedAtMs: atMs });
        return rows.map(toSession);
      });
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  override async unsettled(limit: number): Promise<FederatedSession[]> {
    const rows = await orUnavailable(() =>
      sessionsOf(this.dataSource.manager).find({ where: { endedAtMs: Not(IsNull()) }, take: limit }),
    );
    return rows.map(toSession);
  }

  override async forgetUser(userId: number): Promise<void> {
    await transaction(this.dataSource, async (manager) => {
      await identitiesOf(manager).delete({ userId });
      await sessionsOf(manager).delete({ userId });
    });
  }

  override async prune(nowMs: number): Promise<void> {
    await orUnavailable(async () => {
      await sessionsOf(this.dataSource.manager).delete({ expiresAtMs: LessThan(nowMs), endedAtMs: IsNull() });
      await endedOf(this.dataSource.manager).delete({ expiresAtMs: LessThan(nowMs) });
    });
  }
}

const identitiesOf = (manager: EntityManager) => manager.getRepository<IdentityRow>('Identity');
const sessionsOf = (manager: EntityManager) => manager.getRepository<FederatedSessionRow>('FederatedSession');
const endedOf = (manager: EntityManager) => manager.getRepository<EndedProviderSessionRow>('EndedProviderSession');

const used = ({ print, untilMs }: { readonly print: string; readonly untilMs: number }) => ({
  print,
  expiresAtMs: untilMs,
});

function toRow(userId: number, { key, grantedRoles, ...facts }: NewIdentity): IdentityRow {
  return { ...facts, userId, keyPrint: keyPrint(key), externalKey: key, grantedRoles: JSON.stringify(grantedRoles) };
}

function toIdentity(row: IdentityRow): LinkedIdentity {
  return {
    id: row.id,
    userId: row.userId,
    provider: row.provider,
    key: row.externalKey,
    label: row.label,
    grantedRoles: JSON.parse(row.grantedRoles) as string[],
    linkedAtMs: row.linkedAtMs,
    lastUsedAtMs: row.lastUsedAtMs,
  };
}

function toSession({ endedAtMs: _, ...session }: FederatedSessionRow): FederatedSession {
  return session;
}
