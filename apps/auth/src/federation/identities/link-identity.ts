import type { Clock } from '@gatehouse/kernel';
import type { ExternalIdentity } from '@gatehouse/oidc';
import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { IdentityRefused, IdentityTaken } from '../federation.errors.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { ApplyProviderRoles } from '../sign-in/apply-provider-roles.js';
import { newIdentity } from '../sign-in/settle-account.js';
import type { IdentityStore } from './identity-store.port.js';

export interface LinkCommand {
  /** Who asked for it, in a session that was fresh then. */
  readonly userId: number;
  readonly sessionId: string;
  readonly provider: IdentityProvider;
  readonly identity: ExternalIdentity;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Links an identity to the person who proved, in one browser within minutes, to be both. */
export class LinkIdentity {
  constructor(
    private readonly identities: IdentityStore,
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly sessions: Pick<SessionStore, 'find'>,
    private readonly roles: Pick<ApplyProviderRoles, 'run'>,
    private readonly audit: Pick<AuditLog, 'record'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {IdentityTaken} when it is linked already, to them or to another.
   * @throws {IdentityRefused} when the session it was asked for in has ended.
   * @throws {SessionStoreUnavailable} {DatabaseUnavailable}
   */
  async run({ userId, sessionId, provider, identity, ...place }: LinkCommand): Promise<void> {
    const [user, session] = await Promise.all([this.users.findById(userId), this.sessions.find(userId, sessionId)]);
    if (!user || user.disabledAtMs !== null || !session || session.actorId !== null) {
      throw new IdentityRefused('SESSION_CHANGED');
    }
    const known = await this.identities.findByKey(identity.key);
    if (known && (await this.users.findById(known.userId))) throw new IdentityTaken();
    if (known) await this.identities.dropOrphan(known.id, known.userId);
    const linking = newIdentity(identity, this.clock.nowMs(), []);
    await this.identities.link(userId, linking);
    await this.assertStanding(userId, sessionId, linking.id);
    const details = { provider: provider.name, identity: linking.id };
    this.audit.record({ kind: 'identity.linked', userId, sessionId, ...place, details });
    await this.roles.run(user, { ...linking, userId }, { provider, identity }, place);
  }
  /** Ended meanwhile, perhaps by an owner who closes what others have left open: this must not be open after it. */
  private async assertStanding(userId: number, sessionId: string, identityId: string): Promise<void> {
    try {
      if (await this.sessions.find(userId, sessionId)) return;
    } catch (error) {
      // Nobody can tell. Asked again, it would be taken.
      await this.identities.unlink(userId, identityId);
      throw error;
    }
    await this.identities.unlink(userId, identityId);
    throw new IdentityRefused('SESSION_CHANGED');
  }
}
