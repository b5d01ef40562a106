import type { Clock } from '@gatehouse/kernel';
import { type DataSource, LessThanOrEqual, MoreThan, type Repository } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import { isDuplicateKey, orUnavailable, transaction } from '@gatehouse/sql';
import type { CanonicalEmail } from '../email-address.js';
import type { NewUser, User, UserChange, UserCondition, UserQuery } from '../user.js';
import { UserRepository } from '../user-repository.port.js';
import { EmailTaken } from '../users.errors.js';
import type { UserRow } from './user.entity.js';

/** Users in MySQL or SQLite. */
export class SqlUserRepository extends UserRepository {
  private readonly rows: Repository<UserRow>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
    this.rows = dataSource.getRepository<UserRow>('User');
  }

  override async findByEmail(email: CanonicalEmail): Promise<User | undefined> {
    // MySQL compares a text column with the number 0 by turning the text into a number, and finds the first user.
    if (typeof email !== 'string') throw new TypeError('an e-mail address is a string');
    const row = await orUnavailable(() => this.rows.findOneBy({ emailCanonical: email }));
    // Even a binary collation of MySQL leaves trailing spaces out of the comparison.
    return row?.emailCanonical === email ? toUser(row) : undefined;
  }

  override async findById(id: number): Promise<User | undefined> {
    if (!Number.isSafeInteger(id)) throw new TypeError('a user id is an integer');
    return toUser(await orUnavailable(() => this.rows.findOneBy({ id })));
  }

  override async create(user: NewUser): Promise<User> {
    const row = rowOf(user, this.clock.nowMs());
    try {
      const { identifiers } = await orUnavailable(() => this.rows.insert(row));
      return toUser({ ...row, id: Number(identifiers[0]?.['id']) });
    } catch (cause) {
      if (isDuplicateKey(cause)) throw new EmailTaken({ cause });
      throw cause;
    }
  }

  override async rehash(id: number, previousHash: string, nextHash: string): Promise<void> {
    await orUnavailable(() => this.rows.update({ id, passwordHash: previousHash }, { passwordHash: nextHash }));
  }

  override async change(id: number, change: UserChange, onlyIf: UserCondition = {}): Promise<User | undefined> {
    try {
      return await transaction(this.dataSource, async (manager) => {
        const rows = manager.getRepository<UserRow>('User');
        const { affected } = await rows.update({ id, ...stateOf(onlyIf) }, columnsOf(change));
        return affected === 0 ? undefined : toUser(await rows.findOneBy({ id }));
      });
    } catch (cause) {
      if (isDuplicateKey(cause)) throw new EmailTaken({ cause });
      throw cause;
    }
  }

  override async remove(id: number): Promise<boolean> {
    const { affected } = await orUnavailable(() => this.rows.delete({ id }));
    return affected === 1;
  }

  override async page({ afterId = 0, limit, emailPrefix, eraseBeforeMs }: UserQuery): Promise<User[]> {
    const rows = await orUnavailable(() => {
      const query = this.rows.createQueryBuilder('u').where({ id: MoreThan(afterId) });
      if (eraseBeforeMs !== undefined) query.andWhere({ eraseAtMs: LessThanOrEqual(eraseBeforeMs) });
      // A range instead of LIKE, whose wildcards the prefix may hold. Nothing sorts behind the last code point.
      if (emailPrefix) {
        query.andWhere('u.email_canonical >= :from AND u.email_canonical < :to', {
          from: emailPrefix,
          to: `${emailPrefix}\u{10ffff}`,
        });
      }
      return query.orderBy('u.id').take(limit).getMany();
    });
    return rows.map((row) => toUser(row));
  }
}

function stateOf({ mustResetPassword, ...facts }: UserCondition) {
  return { ...facts, ...(mustResetPassword === undefined ? {} : { mustResetPassword: mustResetPassword ? 1 : 0 }) };
}

function columnsOf({ address, roles, mustResetPassword, ownSessionLimits, raiseGeneration, ...facts }: UserChange) {
  const columns: QueryDeepPartialEntity<UserRow> = { ...facts, ...address };
  const { maxSessions, idleSeconds, absoluteSeconds } = ownSessionLimits ?? {};
  if (maxSessions !== undefined) columns.ownMaxSessions = maxSessions;
  if (idleSeconds !== undefined) columns.ownIdleSeconds = idleSeconds;
  if (absoluteSeconds !== undefined) columns.ownAbsoluteSeconds = absoluteSeconds;
  if (roles) columns.roles = JSON.stringify(roles);
  if (mustResetPassword !== undefined) columns.mustResetPassword = mustResetPassword ? 1 : 0;
  if (raiseGeneration || roles || facts.disabledAtMs !== undefined) {
    columns.tokenGeneration = () => 'token_generation + 1';
  }
  return columns;
}

/** The row of a user to be, but for its id. */
export function rowOf(user: NewUser, nowMs: number): Omit<UserRow, 'id'> {
  return {
    email: user.email,
    emailCanonical: user.emailCanonical,
    passwordHash: user.passwordHash,
    name: user.name,
    roles: JSON.stringify(user.roles),
    tokenGeneration: 0,
    disabledAtMs: user.disabledAtMs ?? null,
    createdAtMs: user.createdAtMs ?? nowMs,
    emailVerifiedAtMs: user.emailVerifiedAtMs ?? null,
    passwordChangedAtMs: null,
    mustResetPassword: user.mustResetPassword ? 1 : 0,
    eraseAtMs: user.eraseAtMs ?? null,
    ownMaxSessions: null,
    ownIdleSeconds: null,
    ownAbsoluteSeconds: null,
  };
}

/** A row as the rest of the service knows it. */
export function toUser(row: UserRow): User;
export function toUser(row: UserRow | null): User | undefined;
export function toUser(row: UserRow | null): User | undefined {
  if (!row) return undefined;
  return {
    id: row.id,
    email: row.email,
    passwordHash: row.passwordHash,
    name: row.name,
    roles: JSON.parse(row.roles) as string[],
    tokenGeneration: row.tokenGeneration,
    disabledAtMs: row.disabledAtMs,
    createdAtMs: row.createdAtMs,
    emailVerifiedAtMs: row.emailVerifiedAtMs,
    passwordChangedAtMs: row.passwordChangedAtMs,
    mustResetPassword: row.mustResetPassword === 1,
    eraseAtMs: row.eraseAtMs,
    ownSessionLimits: {
      maxSessions: row.ownMaxSessions,
      idleSeconds: row.ownIdleSeconds,
      absoluteSeconds: row.ownAbsoluteSeconds,
    },
  };
}
