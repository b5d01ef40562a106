import type { Clock } from '@gatehouse/kernel';
import { canonicalEmail, type CanonicalEmail } from '../email-address.js';
import type { NewUser, User } from '../user.js';
import { UserRepository } from '../user-repository.port.js';
import { EmailTaken } from '../users.errors.js';

/** Users of one process, for tests. */
export class MemoryUserRepository extends UserRepository {
  private readonly users = new Map<number, User>();
  private readonly ids = new Map<CanonicalEmail, number>();
  private lastId = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  override async findByEmail(email: CanonicalEmail): Promise<User | undefined> {
    const id = this.ids.get(email);
    return id === undefined ? undefined : this.users.get(id);
  }

  override async findById(id: number): Promise<User | undefined> {
    return this.users.get(id);
  }

  override async create({ emailCanonical, ...facts }: NewUser): Promise<User> {
    if (this.ids.has(emailCanonical)) throw new EmailTaken();
    const user: User = {
      ...facts,
      id: ++this.lastId,
      tokenGeneration: 0,
      disabledAtMs: null,
      createdAtMs: this.clock.nowMs(),
    };
    this.users.set(user.id, user);
    this.ids.set(emailCanonical, user.id);
    return user;
  }

  override async rehash(id: number, previousHash: string, nextHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user?.passwordHash === previousHash) this.users.set(id, { ...user, passwordHash: nextHash });
  }

  /** Changes a user as an administrator would. */
  change(
    email: string,
    facts: Partial<Pick<User, 'disabledAtMs' | 'roles' | 'tokenGeneration' | 'passwordHash'>>,
  ): void {
    const user = this.users.get(this.ids.get(canonicalEmail(email)) ?? 0);
    if (!user) throw new Error('no such user');
    this.users.set(user.id, { ...user, ...facts });
  }
}
