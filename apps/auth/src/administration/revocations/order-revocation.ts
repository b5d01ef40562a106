import { type RevocationReason, type RevocationScope, revocationUntilMs } from '@gatehouse/contracts';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { SessionStore } from '@gatehouse/session-store';
import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { KeyRing } from '../../keys/signing/key-ring.js';
import type { EndUserSessions } from '../../revocations/end-user-sessions.js';
import type { DurableRevocations } from '../../revocations/revoke-sessions.js';
import { assertOwnRolesCover } from '../../roles/own-rights.js';
import type { RolePermissions } from '../../roles/role-permissions.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { KeyInUse, UserNotFound } from '../administration.errors.js';
import { userIdOf } from '../user-id.js';

export interface OrderRevocationCommand {
  readonly scope: RevocationScope;
  /** What is revoked; `*` for `before`. */
  readonly value: string;
  /** For `client`, `device` and `before`: tokens issued up to then. Never later than now. @default now */
  readonly issuedUntilMs?: number | undefined;
  readonly reason: RevocationReason;
  readonly actor: Actor;
}

/** Ends a session, a token, all of a user's, a device's or a client's tokens, those of a key, or all that are older than a moment. */
export class OrderRevocation {
  /** @param accessTokenSeconds - longest life of an access token: how long its revocation must be kept. */
  constructor(
    private readonly revocations: DurableRevocations,
    private readonly endUserSessions: EndUserSessions,
    private readonly sessions: SessionStore,
    private readonly users: UserRepository,
    private readonly permissions: RolePermissions,
    private readonly keyRing: KeyRing,
    private readonly audit: AuditLog,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns the id of the revocation; durable, and known everywhere within milliseconds.
   * @throws {UserNotFound} {KeyInUse}
   * @throws {BeyondOwnRights} for a person with rights the administrator lacks.
   * @throws {DatabaseUnavailable}
   */
  async run(command: OrderRevocationCommand): Promise<string> {
    const revocationId = await this.order(command);
    const { scope, value, reason } = command;
    const { userId: actorId, ipAddress, requestId } = command.actor;
    const details = { scope, value, reason, revocation_id: revocationId };
    this.audit.record({ kind: 'revocation.ordered', actorId, ipAddress, requestId, details });
    return revocationId;
  }

  private async order({ scope, value, reason, issuedUntilMs, actor }: OrderRevocationCommand): Promise<string> {
    if (scope === 'sub') return this.endUser(userIdOf(value), reason, actor);
    // It would refuse every token from now on, and go on issuing them.
    if (scope === 'kid' && this.keyRing.holds(value)) throw new KeyInUse();
    const owner = scope === 'sid' ? await this.sessions.ownerOf(value) : undefined;
    if (owner !== undefined) await this.assertReachable(owner, actor);
    const nowMs = this.clock.nowMs();
    const isDated = scope === 'client' || scope === 'device' || scope === 'before';
    const cutoff = isDated ? Math.floor(Math.min(issuedUntilMs ?? nowMs, nowMs) / 1000) : 0;
    const id = randomUuid();
    const untilMs = revocationUntilMs(nowMs, this.accessTokenSeconds);
    await this.revocations.revoke([{ entry: { id, scope, value, cutoff, untilMs, reason }, userId: owner ?? null }]);
    return id;
  }

  private async endUser(userId: number, reason: RevocationReason, actor: Actor): Promise<string> {
    await this.assertReachable(userId, actor);
    const { userId: actorId, ipAddress, requestId } = actor;
    const { revocationId } = await this.endUserSessions.run({ userId, reason, actorId, ipAddress, requestId });
    return revocationId;
  }

  private async assertReachable(userId: number, actor: Actor): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user) throw new UserNotFound();
    assertOwnRolesCover(actor.rights, user.roles, await this.permissions.of(user.roles));
  }
}
