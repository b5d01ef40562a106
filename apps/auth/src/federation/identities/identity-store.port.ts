import type { NewUser, User } from '../../users/user.js';
import type { FederatedSession, LinkedIdentity, NewIdentity, ProviderLogout } from './identity.js';

/** What became of an unlinking. */
export type Unlinked =
  | { readonly kind: 'unlinked'; readonly identity: LinkedIdentity; readonly sessionIds: readonly string[] }
  | { readonly kind: 'unknown' }
  /** The person has no password and no other identity. */
  | { readonly kind: 'last' };

/** Who somebody is elsewhere, for ever. Every method throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class IdentityStore {
  /** @param key - `ExternalIdentity.key` */
  abstract findByKey(key: string): Promise<LinkedIdentity | undefined>;

  /** Oldest first. */
  abstract list(userId: number): Promise<LinkedIdentity[]>;

  /**
   * Makes a user with an identity, in one step: nobody is left behind whom no identity leads to.
   *
   * @throws {EmailTaken} when the address belongs to somebody.
   * @throws {IdentityTaken} when somebody was quicker.
   */
  abstract createUser(user: NewUser, identity: NewIdentity): Promise<User>;

  /** @throws {IdentityTaken} when it is linked already, to whomever. */
  abstract link(userId: number, identity: NewIdentity): Promise<void>;

  /**
   * Takes an identity from its owner unless nothing else lets them in. Of several at once, one way in is always left. A session that is
   * noted and not among those of the answer finds the identity gone.
   */
  abstract unlink(userId: number, id: string): Promise<Unlinked>;

  /** Forgets an identity whose user is gone. */
  abstract dropOrphan(id: string, userId: number): Promise<void>;

  abstract noteUse(id: string, use: { readonly label: string | null; readonly atMs: number }): Promise<void>;

  abstract noteGranted(id: string, roles: readonly string[]): Promise<void>;

  /** Before the session opens, so that a logout at the provider finds it from its first instant on. */
  abstract noteSession(session: FederatedSession): Promise<void>;

  /** Ids of the sessions that came of an identity, as far as their end is not known everywhere. */
  abstract sessionsOf(userId: number, identityId: string): Promise<string[]>;

  /** Where a session came from; `undefined` for one that came from nowhere else, and once nothing has to be remembered of it. */
  abstract findSession(sessionId: string): Promise<FederatedSession | undefined>;

  /**
   * Whether nobody has ended it at the provider: neither it, nor the provider's session it came of, nor all of the person's after they had
   * proven who they are.
   *
   * @param provenAtMs - when the provider issued what it is opened with
   */
  abstract isStanding(session: FederatedSession, provenAtMs: number): Promise<boolean>;

  /** Forgets a session that did not come about, or whose end is known everywhere. */
  abstract forgetSessions(sessionIds: readonly string[]): Promise<void>;

  /**
   * Marks what a logout at the provider ends, in one step with the memory of the token that said so.
   *
   * @param taken - what to remember so that it counts once, and until when; `undefined` where nothing says it twice
   * @returns the sessions, which wait to be ended; `undefined` when it was taken before.
   */
  abstract endAtProvider(
    logout: ProviderLogout,
    atMs: number,
    taken: { readonly print: string; readonly untilMs: number } | undefined,
  ): Promise<FederatedSession[] | undefined>;

  /** Sessions that are marked and whose end nobody has confirmed; at most `limit`. */
  abstract unsettled(limit: number): Promise<FederatedSession[]>;

  /** Forgets everything about a person. Bears repetition. */
  abstract forgetUser(userId: number): Promise<void>;

  /** Forgets what cannot matter any more. */
  abstract prune(nowMs: number): Promise<void>;
}
