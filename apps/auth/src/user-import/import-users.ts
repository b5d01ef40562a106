import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../audit/audit-log.port.js';
import { asImported, readForeignHash, readImported } from '../passwords/foreign/imported-hash.js';
import type { PasswordHasher } from '../passwords/password-hasher.port.js';
import { canonicalEmail } from '../users/email-address.js';
import type { User, UserChange } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { EmailTaken } from '../users/users.errors.js';
import type { ImportCounts, ImportLedger } from './import-ledger.port.js';
import { ImportedPerson, readPerson } from './imported-person.js';
import type { FailedLine, LineFailure } from './line-failure.js';
import type { ImportLine } from './read-lines.js';
import { ImportNotFound } from './user-import.errors.js';

/** What happens to a line whose address is known. */
export type OnConflict = 'skip' | 'update';

export interface ImportCommand {
  readonly importId: string;
  readonly lines: AsyncIterable<ImportLine>;
  readonly onConflict: OnConflict;
  readonly dryRun: boolean;
  /** Who imports, and the roles their token gives them. */
  readonly importerId: number;
  readonly importerRoles: readonly string[];
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface ImportOutcome extends ImportCounts {
  readonly failures: readonly FailedLine[];
}

type Fate = keyof ImportCounts | LineFailure;

/** What everybody may do. */
const FIRST_ROLES = ['user'];
/** Lines worked on at a time: enough for the database to commit several together, few enough to leave connections to others. */
const AT_A_TIME = 6;
/** So often does a long request tell how far it is. */
const LINES_PER_REPORT = 250;
/** An answer names no more lines than this; the counts go on. */
const MAX_FAILURES = 1_000;

/**
 * Takes over people of another system with the password hashes they have there. Takes lines as fast as it can write them,
 * whatever the sender does. Repeating an import, or a part of it, changes nothing more.
 */
export class ImportUsers {
  constructor(
    private readonly users: UserRepository,
    private readonly hasher: PasswordHasher,
    private readonly ledger: ImportLedger,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {ImportNotFound} when the id belongs to an import of somebody else, or of the other kind (dry or not)
   * @throws {DatabaseUnavailable} with some lines taken: send the whole part again
   */
  async run(command: ImportCommand): Promise<ImportOutcome> {
    const { importId, importerId, dryRun } = command;
    const begun = await this.ledger.begin({ id: importId, startedBy: importerId, dryRun });
    if (begun.startedBy !== importerId || begun.dryRun !== dryRun) throw new ImportNotFound();
    const total = { created: 0, updated: 0, skipped: 0, failed: 0 };
    let unreported = { ...total };
    const failures: FailedLine[] = [];
    const report = async (): Promise<void> => {
      const counts = unreported;
      unreported = { created: 0, updated: 0, skipped: 0, failed: 0 };
      await this.ledger.add(importId, counts);
    };
    const note = (line: number, fate: Fate): void => {
      const kind = typeof fate === 'string' ? fate : 'failed';
      total[kind]++;
      unreported[kind]++;
      if (typeof fate !== 'string' && failures.length < MAX_FAILURES) failures.push({ line, ...fate });
    };
    try {
      let seen = 0;
      await inParallel(command.lines, AT_A_TIME, async (line) => {
        note(line.number, await this.take(line, command));
        if (++seen % LINES_PER_REPORT === 0) await report();
      });
    } finally {
      // Also when the request fails half way: what was done was done.
      await report().catch(() => undefined);
      this.record(command, total);
    }
    return { ...total, failures: failures.sort((a, b) => a.line - b.line) };
  }

  private async take({ text, fault }: ImportLine, command: ImportCommand): Promise<Fate> {
    if (text === undefined) return { code: fault ?? 'NOT_UTF8' };
    const person = readPerson(text);
    if (!(person instanceof ImportedPerson)) return person;
    const { roles = FIRST_ROLES, password_hash: hash } = person;
    const mayGive = new Set([...command.importerRoles, ...FIRST_ROLES]);
    if (roles.some((role) => !mayGive.has(role))) return { code: 'ROLE_NOT_YOURS', field: 'roles' };
    if (hash !== undefined) {
      const read = readForeignHash(hash);
      if (!read) return { code: 'HASH_UNKNOWN', field: 'password_hash' };
      if (!read.isBearable) return { code: 'HASH_TOO_COSTLY', field: 'password_hash' };
    }
    const createdAtMs = person.created_at === undefined ? undefined : Date.parse(person.created_at);
    if (createdAtMs !== undefined && !(createdAtMs >= 0 && createdAtMs <= this.clock.nowMs())) {
      return { code: 'INVALID', field: 'created_at' };
    }
    if (person.erase_at !== undefined && !(Date.parse(person.erase_at) >= 0)) {
      return { code: 'INVALID', field: 'erase_at' };
    }
    const known = await this.users.findByEmail(canonicalEmail(person.email));
    if (known) return this.meet(known, person, command, mayGive);
    if (command.dryRun) return 'created';
    try {
      await this.create(person, roles, createdAtMs);
      return 'created';
    } catch (error) {
      if (!(error instanceof EmailTaken)) throw error;
      // Somebody was quicker: another line, another request, a sign-up.
      return 'skipped';
    }
  }

  private async create(person: ImportedPerson, roles: readonly string[], createdAtMs: number | undefined) {
    const { email, name, password_hash: hash } = person;
    await this.users.create({
      email,
      emailCanonical: canonicalEmail(email),
      // Nobody's password, and as costly to check as any.
      passwordHash: hash === undefined ? this.hasher.decoyHash : asImported(hash),
      name: name ?? null,
      roles,
      ...(createdAtMs === undefined ? {} : { createdAtMs }),
      emailVerifiedAtMs: person.email_verified ? this.clock.nowMs() : null,
      mustResetPassword: hash === undefined || (person.must_reset_password ?? false),
      disabledAtMs: person.disabled ? this.clock.nowMs() : null,
      eraseAtMs: person.erase_at === undefined ? null : Date.parse(person.erase_at),
    });
  }

  private async meet(
    user: User,
    person: ImportedPerson,
    { onConflict, dryRun }: ImportCommand,
    mayGive: ReadonlySet<string>,
  ): Promise<Fate> {
    if (onConflict === 'skip') return 'skipped';
    if (user.roles.some((role) => !mayGive.has(role))) return { code: 'ROLE_NOT_YOURS' };
    const change = this.changeOf(user, person);
    if (Object.keys(change).length === 0) return 'skipped';
    if (dryRun) return 'updated';
    // Whoever signs in or changes the password meanwhile has made it their own.
    const changed = await this.users.change(user.id, change, { passwordHash: user.passwordHash });
    return changed ? 'updated' : 'skipped';
  }

  /**
   * Roles stay, and so does whether somebody may sign in: other routes change them, and end what must end. So does a password its owner has used here: an import must not
   * be a way to take over somebody's account.
   */
  private changeOf(user: User, person: ImportedPerson): UserChange {
    const isUnused = readImported(user.passwordHash) !== undefined;
    const hash = person.password_hash === undefined ? undefined : asImported(person.password_hash);
    return {
      ...(person.name !== undefined && person.name !== user.name ? { name: person.name } : {}),
      ...(person.email_verified && user.emailVerifiedAtMs === null ? { emailVerifiedAtMs: this.clock.nowMs() } : {}),
      ...(isUnused && hash !== undefined && hash !== user.passwordHash ? { passwordHash: hash } : {}),
      ...(isUnused && person.must_reset_password && !user.mustResetPassword ? { mustResetPassword: true } : {}),
    };
  }

  private record({ importId, importerId, dryRun, ipAddress, requestId }: ImportCommand, total: ImportCounts): void {
    this.audit.record({
      kind: 'user.imported',
      actorId: importerId,
      ipAddress,
      requestId,
      details: { import_id: importId, dry_run: dryRun, ...total },
    });
  }
}

/** Works on several at a time; asks for the next only when there is a hand free. The first failure ends it, at once. */
async function inParallel<T>(items: AsyncIterable<T>, hands: number, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.asyncIterator]();
  let isOver = false;
  const hand = async (): Promise<void> => {
    for (let next = await iterator.next(); !next.done && !isOver; next = await iterator.next()) await work(next.value);
  };
  try {
    await Promise.all(Array.from({ length: hands }, hand));
  } finally {
    isOver = true;
    // Not awaited: a hand may still wait for a sender that takes its time.
    void iterator.return?.();
  }
}
