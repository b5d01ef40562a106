import type { Clock } from '@gatehouse/kernel';
import type { Actor } from '../access/actor.decorator.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { AccountBounds } from './account-bounds.js';
import { actOf } from './admin-act.js';
import { changeAccount } from './change-account.js';
import type { EndClientTokens } from './end-client-tokens.js';
import type { ServiceAccountRepository } from './service-account-repository.port.js';

/** Removes a service account and ends the tokens it holds. */
export class RemoveServiceAccount {
  constructor(
    private readonly accounts: ServiceAccountRepository,
    private readonly bounds: AccountBounds,
    private readonly endTokens: EndClientTokens,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Disabled first, ended next, gone last: when a step fails, the account is still there to be removed again.
   *
   * @returns the id of the revocation.
   * @throws {ServiceAccountNotFound}
   * @throws {BeyondOwnRights}
   * @throws {DatabaseUnavailable}
   */
  async run(clientId: string, actor: Actor): Promise<string> {
    const cutoff = this.endTokens.cutoff();
    await changeAccount(this.accounts, clientId, (before) => {
      this.bounds.assertCovered(actor.rights, before);
      return {
        ...before,
        disabledAtMs: before.disabledAtMs ?? this.clock.nowMs(),
        tokensEndedUpTo: Math.max(before.tokensEndedUpTo, cutoff),
      };
    });
    const revocationId = await this.endTokens.run(clientId, cutoff, 'admin');
    await this.accounts.remove(clientId);
    this.audit.record({ kind: 'service_account.removed', clientId, ...actOf(actor) });
    return revocationId;
  }
}
