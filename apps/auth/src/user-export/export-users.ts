import { orUnavailable } from '@gatehouse/sql';
import type { Actor } from '../access/actor.decorator.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { lineOf } from './person-line.js';

export interface ExportCommand {
  readonly withHashes: boolean;
  readonly actor: Actor;
}

/** Users read at a time. What lies in memory of an export is two such pages at the most. */
const PAGE = 500;
/** For the first page, in ms: what was asked of the database before has used up its part of the two seconds of a request. */
const FIRST_PAGE_MS = 600;

/**
 * Hands out everybody, as an import takes them. Each person is as they are when their page is read; who comes meanwhile comes
 * last. That it was asked for is in the audit log before anything is handed out, and how far it came when it is over.
 */
export class ExportUsers {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @returns the lines, a page of them at a time, read as they are asked for. Throws {@link DatabaseUnavailable} in the middle when
   *   the database goes away: what was handed out is then not everybody.
   * @throws {DatabaseUnavailable} with nothing handed out.
   */
  async run(command: ExportCommand): Promise<AsyncIterable<string>> {
    await this.audit.recordDurably(this.event(command, { stage: 'begun' }));
    const pages = this.pages(command);
    // Begins at once: what was never begun would not be told as broken off either.
    const first = await pages.next();
    return startingWith(first, pages);
  }

  private async *pages(command: ExportCommand): AsyncGenerator<string, void> {
    let handedOut = 0;
    let isComplete = false;
    try {
      let page = await orUnavailable(() => this.users.page({ limit: PAGE }), FIRST_PAGE_MS);
      while (page.length > 0) {
        yield page.map((user) => lineOf(user, command.withHashes)).join('');
        handedOut += page.length;
        page = await this.pageBehind(page);
      }
      isComplete = true;
    } finally {
      const facts = { stage: 'ended', users: handedOut, complete: isComplete } as const;
      this.audit.record(this.event(command, facts));
    }
  }

  private pageBehind(page: readonly User[]): Promise<User[]> | User[] {
    const last = page.at(-1);
    return last && page.length === PAGE ? this.users.page({ afterId: last.id, limit: PAGE }) : [];
  }

  private event(
    { withHashes, actor: { userId: actorId, ipAddress, requestId } }: ExportCommand,
    facts: Readonly<Record<string, string | number | boolean>>,
  ) {
    const details = { password_hashes: withHashes, ...facts };
    return { kind: 'users.exported', actorId, ipAddress, requestId, details } as const;
  }
}

/** The generator once more with what it gave already. Ending this ends it. */
function startingWith<T>(first: IteratorResult<T, void>, rest: AsyncGenerator<T, void>): AsyncIterable<T> {
  let given: IteratorResult<T, void> | undefined = first;
  const next = (): Promise<IteratorResult<T, void>> => {
    const here = given;
    given = undefined;
    return here ? Promise.resolve(here) : rest.next();
  };
  return { [Symbol.asyncIterator]: () => ({ next, return: () => rest.return() }) };
}
