import type { RevocationReason } from '@gatehouse/contracts';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { User } from '../users/user.js';
import type { Role } from './permissions.js';

/** What the feed entries of a change carry: they are written in the same transaction. */
export interface ChangeMark {
  /** Id of the revocation; a receipt can be asked for by it. */
  readonly revocationId: string;
  /** Until when the entries matter, in ms. */
  readonly untilMs: number;
}

/** Other rights of one user. */
export interface RightsChange {
  /** All they are to have; or what becomes of those they have at that moment, where somebody else may be changing them too. */
  readonly roles?: readonly string[] | ((held: readonly string[]) => readonly string[]);
  /** `null` lets them in again. */
  readonly disabledAtMs?: number | null;
  /** The roles they were found with, where whoever makes the change may touch nobody with others. @default whatever they have */
  readonly foundWith?: readonly string[];
}

/** What became of a change of one user. Nothing is changed unless it says `changed`. */
export type UserOutcome =
  /** `rows` are committed, undelivered: the writer of revocations brings them to the feed. */
  | { readonly kind: 'changed'; readonly before: User; readonly after: User; readonly rows: readonly OutboxRow[] }
  | { readonly kind: 'unchanged'; readonly user: User }
  | { readonly kind: 'unknown-user' }
  /** They have other roles by now than they were found with. */
  | { readonly kind: 'other-roles' }
  /** A role that is not defined was to be given. */
  | { readonly kind: 'unknown-role' }
  /** Nobody would be left who can administer. */
  | { readonly kind: 'last-admin' };

export type RoleOutcome =
  | { readonly kind: 'changed'; readonly role: Role; readonly rows: readonly OutboxRow[] }
  | { readonly kind: 'unchanged'; readonly role: Role }
  | { readonly kind: 'unknown-role' }
  /** More people hold it than one step can bring the news to. */
  | { readonly kind: 'too-many-holders' };

export type ErasureOutcome =
  | { readonly kind: 'set'; readonly eraseAtMs: number }
  | { readonly kind: 'unknown-user' }
  /** Nobody would be left who can administer. */
  | { readonly kind: 'last-admin' };

/** People whose rights one change of a role may touch. Beyond it the change is refused rather than done by halves. */
export const MAX_ROLE_HOLDERS = 2_000;

/**
 * Who may do what. Each change is one transaction, together with the entries of the revocation feed that make every service
 * refuse tokens with the old rights. Methods throw `DatabaseUnavailable` when the database does not answer in time.
 */
export abstract class RightsStore {
  /** All roles, by name. */
  abstract roles(): Promise<Role[]>;

  /** @returns `undefined` when there is a role of that name. */
  abstract createRole(name: string, permissions: readonly string[]): Promise<Role | undefined>;

  /** Gives a role other permissions, and everybody who holds it a new token generation. */
  abstract changePermissions(name: string, permissions: readonly string[], mark: ChangeMark): Promise<RoleOutcome>;

  /** Removes a role that nobody holds and that did not come with the service. */
  abstract removeRole(name: string): Promise<'removed' | 'unknown-role' | 'held' | 'built-in'>;

  /**
   * Changes what one user may do. At least one administrator who can sign in always stays, whatever several of these do at once.
   */
  abstract changeUser(
    id: number,
    change: RightsChange,
    mark: ChangeMark & { readonly reason: RevocationReason },
  ): Promise<UserOutcome>;

  /**
   * Sets the day on which a user is to be erased, with the same care: who is about to leave is nobody who stays. Asked again, the day
   * stays the one of the first time.
   */
  abstract scheduleErasure(id: number, eraseAtMs: number): Promise<ErasureOutcome>;

  /** Erases a user, with the same care. */
  abstract removeUser(id: number, mark: ChangeMark): Promise<UserOutcome>;
}
