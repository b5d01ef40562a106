import type { AuditLog } from '../../audit/audit-log.port.js';
import { hasPassword } from '../../passwords/no-password.js';
import type { RevocationReceipt, RevokeSessions } from '../../revocations/revoke-sessions.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { IdentityNotFound, LastCredential } from '../federation.errors.js';
import type { ApplyProviderRoles } from '../sign-in/apply-provider-roles.js';
import type { LinkedIdentity } from './identity.js';
import type { IdentityStore } from './identity-store.port.js';

export interface UnlinkCommand {
  readonly userId: number;
  readonly identityId: string;
  /** The session that asks: it stays, whatever it came of. @default none does */
  readonly sessionId?: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface UnlinkedIdentity {
  readonly revocationId: string;
  readonly sessionsEnded: number;
}

/**
 * Takes an identity off an account, with the sessions that came of it and the roles it brought. Those first: whatever fails in between,
 * the identity is still there, and asking again does the rest.
 */
export class UnlinkIdentity {
  constructor(
    private readonly identities: IdentityStore,
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly roles: Pick<ApplyProviderRoles, 'withdraw'>,
    private readonly revokeSessions: Pick<RevokeSessions, 'run'>,
    private readonly audit: Pick<AuditLog, 'record'>,
  ) {}

  /**
   * @throws {IdentityNotFound} also for another person's.
   * @throws {LastCredential} when nothing else would let the person in.
   * @throws {DatabaseUnavailable}
   */
  async run({ userId, identityId, sessionId, ...place }: UnlinkCommand): Promise<UnlinkedIdentity> {
    const { user, linked } = await this.find(userId, identityId);
    const others = (ids: readonly string[]) => ids.filter((id) => id !== sessionId);
    await this.roles.withdraw(user, linked, place);
    const known = others(await this.identities.sessionsOf(userId, identityId));
    const { revocationId } = await this.end(userId, known);
    const outcome = await this.identities.unlink(userId, identityId);
    if (outcome.kind === 'unknown') throw new IdentityNotFound();
    if (outcome.kind === 'last') throw new LastCredential();
    const { identity, sessionIds } = outcome;
    // What a sign-in has brought meanwhile.
    const late = others(sessionIds);
    await this.end(userId, late);
    await this.roles.withdraw(user, identity, place);
    const sessionsEnded = known.length + late.length;
    const details = { provider: identity.provider, identity: identity.id, sessions_ended: sessionsEnded };
    const asker = sessionId === undefined ? {} : { sessionId };
    this.audit.record({ kind: 'identity.unlinked', userId, ...asker, ...place, details });
    return { revocationId, sessionsEnded };
  }

  private async find(
    userId: number,
    identityId: string,
  ): Promise<{ readonly user: User; readonly linked: LinkedIdentity }> {
    const [user, all] = await Promise.all([this.users.findById(userId), this.identities.list(userId)]);
    const linked = all.find(({ id }) => id === identityId);
    if (!user || !linked) throw new IdentityNotFound();
    if (all.length === 1 && !hasPassword(user.passwordHash)) throw new LastCredential();
    return { user, linked };
  }

  private async end(userId: number, sessionIds: readonly string[]): Promise<RevocationReceipt> {
    const receipt = await this.revokeSessions.run({ userId, sessionIds, reason: 'user_revoked' });
    await this.identities.forgetSessions(sessionIds);
    return receipt;
  }

  /**
   * Takes all of them off an account that somebody else may have linked them to. For one that has a password: nobody is locked out.
   *
   * @throws {DatabaseUnavailable} with some left.
   */
  async all(userId: number, place: Pick<UnlinkCommand, 'ipAddress' | 'requestId'>): Promise<void> {
    for (const { id: identityId } of await this.identities.list(userId)) {
      try {
        await this.run({ userId, identityId, ...place });
      } catch (error) {
        // Unlinked a moment ago.
        if (!(error instanceof IdentityNotFound)) throw error;
      }
    }
  }
}
