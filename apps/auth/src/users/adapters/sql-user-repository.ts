import type { Clock } from '@gatehouse/kernel';
import type { DataSource, Repository } from 'typeorm';
import { isDuplicateKey, orUnavailable } from '@gatehouse/sql';
import type { CanonicalEmail } from '../email-address.js';
import type { NewUser, User } from '../user.js';
import { UserRepository } from '../user-repository.port.js';
import { EmailTaken } from '../users.errors.js';
import type { UserRow } from './user.entity.js';

/** Users in MySQL or SQLite. */
export class SqlUserRepository extends UserRepository {
  private readonly rows: Repository<UserRow>;

  constructor(
    dataSource: DataSource,
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
    const row = {
      email: user.email,
      emailCanonical: user.emailCanonical,
      passwordHash: user.passwordHash,
      name: user.name,
      roles: JSON.stringify(user.roles),
      tokenGeneration: 0,
      disabledAtMs: null,
      createdAtMs: this.clock.nowMs(),
    };
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
}

function toUser(row: UserRow): User;
function toUser(row: UserRow | null): User | undefined;
function toUser(row: UserRow | null): User | undefined {
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
  };
}
