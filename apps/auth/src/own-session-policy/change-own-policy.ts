import type { SessionStore } from '@gatehouse/session-store';
import { SessionExpired } from '../access/access.errors.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { SessionSettings } from '../sign-in/session-settings.js';
import type { OwnSessionLimits, User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import type { AppliedOwnLimits, ApplyOwnLimits } from './apply-own-limits.js';
import { assertWithin, boundsWithin } from './own-limit-bounds.js';

export interface ChangeOwnPolicyCommand {
  readonly userId: number;
  /** `null` takes a choice back; what is left out stays. */
  readonly chosen: Partial<OwnSessionLimits>;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface ChangedOwnPolicy extends AppliedOwnLimits {
  readonly user: User;
}

/** Lets people limit their own sessions: those to come, and those that are open. */
export class ChangeOwnPolicy {
  /** @param accessTokenSeconds - see {@link boundsWithin} */
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionStore,
    private readonly applyLimits: Pick<ApplyOwnLimits, 'run'>,
    private readonly settings: SessionSettings,
    private readonly accessTokenSeconds: number,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Once it resolves, no session of the person lasts longer than they chose. Repeating it is harmless.
   *
   * @throws {OwnLimitOutOfBounds} for what is wider than the service allows, or too narrow.
   * @throws {SessionExpired} when the account is gone.
   * @throws {DatabaseUnavailable} {SessionStoreUnavailable} with a store away; a choice that was kept by then holds for the next sign-in.
   */
  async run({ userId, chosen, ipAddress, requestId }: ChangeOwnPolicyCommand): Promise<ChangedOwnPolicy> {
    assertWithin(boundsWithin(this.settings, this.accessTokenSeconds), chosen);
    // Before anything is kept: with the store away the sessions that are open could not be brought under it.
    await this.sessions.list(userId);
    const details = factsOf(chosen);
    const isChange = Object.keys(details).length > 0;
    const user = await (isChange
      ? this.users.change(userId, { ownSessionLimits: chosen })
      : this.users.findById(userId));
    if (!user) throw new SessionExpired();
    if (isChange) this.audit.record({ kind: 'session_policy.changed', userId, ipAddress, requestId, details });
    const applied = await this.applyLimits.run({ userId, limits: user.ownSessionLimits, ipAddress, requestId });
    return { user, ...applied };
  }
}

/** What was chosen, in the form in which the audit log keeps facts. */
function factsOf({ maxSessions, idleSeconds, absoluteSeconds }: Partial<OwnSessionLimits>) {
  return {
    ...(maxSessions === undefined ? {} : { max_sessions: maxSessions ?? 'none' }),
    ...(idleSeconds === undefined ? {} : { idle_seconds: idleSeconds ?? 'none' }),
    ...(absoluteSeconds === undefined ? {} : { absolute_seconds: absoluteSeconds ?? 'none' }),
  };
}
