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
 * How long it is remembered what a provider has ended, in ms: outlives every token and code that was issued before, so that no sign-in that
 * was on its way brings it back. Access tokens live longest, at Entra for up to an hour and a half.
 */
const REMEMBER_ENDED_MS = 7_200_000;
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

  override async unlink(userId: number, id: string): Promise<Unlinked> {
    const outcome = await this.takeOff(userId, id);
    if (outcome.kind !== 'unlinked') return outcome;
    // Once more: a sign-in may have found the identity still there after the first look, and has noted its session by now.
    const late = await this.sessionsOf(userId, id).catch(() => []);
    return { ...outcome, sessionIds: [...new Set([...outcome.sessionIds, ...late])] };
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

  override sessionsOf(userId: number, identityId: string): Promise<string[]> {
    return idsOf(this.dataSource.manager, userId, identityId);
  }

  override async findSession(sessionId: string): Promise<FederatedSession | undefined> {
    const row = await orUnavailable(() => sessionsOf(this.dataSource.manager).findOneBy({ sessionId }));
    return row ? toSession(row) : undefined;
  }

  override async isStanding(session: FederatedSession, provenAtMs: number): Promise<boolean> {
    const { manager } = this.dataSource;
    const { sessionId, providerSessionPrint, subjectPrint } = session;
    return orUnavailable(async () => {
      if (!(await sessionsOf(manager).existsBy({ sessionId, endedAtMs: IsNull() }))) return false;
      const ended = await endedOf(manager).findBy({ print: In([subjectPrint, providerSessionPrint ?? subjectPrint]) });
      return ended.every(({ print, expiresAtMs }) => print === subjectPrint && provenAtMs >= provenBefore(expiresAtMs));
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
    const { providerSessionPrint: print, subjectPrint, openedUpToMs, provenBeforeMs } = logout;
    if (print === undefined && subjectPrint === undefined) return [];
    try {
      return await transaction(this.dataSource, async (manager) => {
        if (taken) await manager.getRepository<UsedAssertionRow>('UsedAssertion').insert(used(taken));
        // Only where it is signed: names that anybody may make up must not fill a table.
        if (taken && print !== undefined) {
          await endedOf(manager).upsert({ print, expiresAtMs: atMs + REMEMBER_ENDED_MS }, ['print']);
        }
        if (taken && subjectPrint !== undefined && provenBeforeMs !== undefined) {
          await rememberPerson(manager, subjectPrint, provenBeforeMs);
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

  private takeOff(userId: number, id: string): Promise<Unlinked> {
    return transaction<Unlinked>(this.dataSource, async (manager) => {
      // Two that each take the other away must not both find that one is left.
      const query = manager.getRepository<UserRow>('User').createQueryBuilder('u').where({ id: userId });
      if (this.dataSource.options.type === 'mysql') query.setLock('pessimistic_write');
      const user = await query.getOne();
      const rows = await identitiesOf(manager).findBy({ userId });
      const row = rows.find((one) => one.id === id);
      if (!user || !row) return { kind: 'unknown' };
      if (rows.length === 1 && !hasPassword(user.passwordHash)) return { kind: 'last' };
      const sessionIds = await idsOf(manager, userId, id);
      await identitiesOf(manager).delete({ id });
      return { kind: 'unlinked', identity: toIdentity(row), sessionIds };
    });
  }
}

const identitiesOf = (manager: EntityManager) => manager.getRepository<IdentityRow>('Identity');
const sessionsOf = (manager: EntityManager) => manager.getRepository<FederatedSessionRow>('FederatedSession');
const endedOf = (manager: EntityManager) => manager.getRepository<EndedProviderSessionRow>('EndedProviderSession');

async function idsOf(manager: EntityManager, userId: number, identityId: string): Promise<string[]> {
  const rows = await orUnavailable(() => sessionsOf(manager).findBy({ userId, identityId }));
  return rows.map(({ sessionId }) => sessionId);
}

/** Of a person the row tells by its end what came too early. */
const provenBefore = (expiresAtMs: number) => expiresAtMs - REMEMBER_ENDED_MS;

async function rememberPerson(manager: EntityManager, print: string, provenBeforeMs: number): Promise<void> {
  const before = await endedOf(manager).findOneBy({ print });
  // An old word that comes late takes nothing from a newer one.
  const expiresAtMs = Math.max(before?.expiresAtMs ?? 0, provenBeforeMs + REMEMBER_ENDED_MS);
  await endedOf(manager).upsert({ print, expiresAtMs }, ['print']);
}

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
