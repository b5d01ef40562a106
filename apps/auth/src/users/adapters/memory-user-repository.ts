import type { Clock } from '@gatehouse/kernel';
import { canonicalEmail, type CanonicalEmail } from '../email-address.js';
import type { NewUser, User, UserChange, UserCondition, UserQuery } from '../user.js';
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
      emailVerifiedAtMs: null,
      mustResetPassword: false,
      disabledAtMs: null,
      eraseAtMs: null,
      createdAtMs: this.clock.nowMs(),
      ...facts,
      id: ++this.lastId,
      tokenGeneration: 0,
      passwordChangedAtMs: null,
      ownSessionLimits: { maxSessions: null, idleSeconds: null, absoluteSeconds: null },
    };
    this.users.set(user.id, user);
    this.ids.set(emailCanonical, user.id);
    return user;
  }

  override async rehash(id: number, previousHash: string, nextHash: string): Promise<void> {
    const user = this.users.get(id);
    if (user?.passwordHash === previousHash) this.users.set(id, { ...user, passwordHash: nextHash });
  }

  override async change(id: number, change: UserChange, onlyIf: UserCondition = {}): Promise<User | undefined> {
    const user = this.users.get(id);
    const { address, raiseGeneration, ownSessionLimits: limits, ...facts } = change;
    if (!user || !this.holds(user, onlyIf)) return undefined;
    if (address && (this.ids.get(address.emailCanonical) ?? id) !== id) throw new EmailTaken();
    const raise = raiseGeneration || facts.roles || facts.disabledAtMs !== undefined ? 1 : 0;
    const ownSessionLimits = { ...user.ownSessionLimits, ...limits };
    const changed: User = { ...user, ...facts, ownSessionLimits, tokenGeneration: user.tokenGeneration + raise };
    if (address) {
      this.ids.delete(canonicalEmail(user.email));
      this.ids.set(address.emailCanonical, id);
    }
    const kept = address ? { ...changed, email: address.email } : changed;
    this.users.set(id, kept);
    return kept;
  }

  override async remove(id: number): Promise<boolean> {
    const user = this.users.get(id);
    if (!user) return false;
    this.ids.delete(canonicalEmail(user.email));
    return this.users.delete(id);
  }

  override async page({ afterId = 0, limit, emailPrefix = '', eraseBeforeMs = Infinity }: UserQuery): Promise<User[]> {
    return [...this.users.values()]
      .filter(({ id, email }) => id > afterId && canonicalEmail(email).startsWith(emailPrefix))
      .filter(({ eraseAtMs }) => eraseBeforeMs === Infinity || (eraseAtMs ?? Infinity) <= eraseBeforeMs)
      .slice(0, limit);
  }

  private holds(user: User, condition: UserCondition): boolean {
    const { passwordHash, emailCanonical, tokenGeneration, mustResetPassword } = condition;
    return (
      (mustResetPassword ?? user.mustResetPassword) === user.mustResetPassword &&
      (passwordHash ?? user.passwordHash) === user.passwordHash &&
      (tokenGeneration ?? user.tokenGeneration) === user.tokenGeneration &&
      (emailCanonical === undefined || this.ids.get(emailCanonical) === user.id)
    );
  }
}
