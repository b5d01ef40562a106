import { SessionExpired } from '../access/access.errors.js';
import type { SessionSettings } from '../sign-in/session-settings.js';
import type { OwnSessionLimits, User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { lifeOf, mostSessionsOf } from './life-of-session.js';
import { boundsWithin, type OwnLimitBounds } from './own-limit-bounds.js';

/** What somebody chose, could choose, and gets with their next sign-in. */
export interface OwnPolicy {
  readonly choice: OwnSessionLimits;
  readonly bounds: OwnLimitBounds;
  readonly inForce: {
    readonly maxSessions: number;
    readonly idleSeconds: number;
    readonly absoluteSeconds: number;
    /** Absolute, after a sign-in with "remember me". */
    readonly rememberMeSeconds: number;
  };
}

/** Shows people the limits of their sessions. */
export class ShowOwnPolicy {
  /** @param accessTokenSeconds - see {@link boundsWithin} */
  constructor(
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly settings: SessionSettings,
    private readonly accessTokenSeconds: number,
  ) {}

  /**
   * @throws {SessionExpired} when the account is gone.
   * @throws {DatabaseUnavailable}
   */
  async run(userId: number): Promise<OwnPolicy> {
    const user = await this.users.findById(userId);
    if (!user) throw new SessionExpired();
    return this.of(user);
  }

  of({ ownSessionLimits: choice }: User): OwnPolicy {
    const plain = lifeOf(this.settings, choice, { rememberMe: false });
    const remembered = lifeOf(this.settings, choice, { rememberMe: true });
    return {
      choice,
      bounds: boundsWithin(this.settings, this.accessTokenSeconds),
      inForce: {
        maxSessions: mostSessionsOf(this.settings, choice),
        idleSeconds: plain.idleTtlMs / 1000,
        absoluteSeconds: plain.absoluteTtlMs / 1000,
        rememberMeSeconds: remembered.absoluteTtlMs / 1000,
      },
    };
  }
}
