import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { canonicalEmail } from '../../users/email-address.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { UserNotFound } from '../administration.errors.js';

export interface FindUsersQuery {
  readonly afterId: number;
  readonly limit: number;
  /** What the address begins with, in whatever spelling. */
  readonly email?: string | undefined;
  readonly actor: Actor;
}

export interface FoundUsers {
  readonly users: readonly User[];
  /** Id to go on behind; `undefined` at the end. */
  readonly nextAfterId: number | undefined;
}

/** Shows people to those who administer, and notes that it did: looking at personal data is an event as well. */
export class FindUsers {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditLog,
  ) {}

  async run({ afterId, limit, email, actor }: FindUsersQuery): Promise<FoundUsers> {
    const emailPrefix = email === undefined ? {} : { emailPrefix: canonicalEmail(email) };
    const found = await this.users.page({ afterId, limit: limit + 1, ...emailPrefix });
    const users = found.slice(0, limit);
    const { userId: actorId, ipAddress, requestId } = actor;
    const details = { what: 'users', count: users.length, searched: email !== undefined };
    this.audit.record({ kind: 'admin.read', actorId, ipAddress, requestId, details });
    return { users, nextAfterId: found.length > limit ? users.at(-1)?.id : undefined };
  }

  /** @throws {UserNotFound} */
  async one(userId: number, { userId: actorId, ipAddress, requestId }: Actor): Promise<User> {
    const user = await this.users.findById(userId);
    if (!user) throw new UserNotFound();
    this.audit.record({ kind: 'admin.read', userId, actorId, ipAddress, requestId, details: { what: 'user' } });
    return user;
  }
}
