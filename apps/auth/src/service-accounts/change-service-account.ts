import type { Clock } from '@gatehouse/kernel';
import type { Actor } from '../access/actor.decorator.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { AccountBounds } from './account-bounds.js';
import { actOf } from './admin-act.js';
import { changeAccount } from './change-account.js';
import { readClientKeys } from './client-keys.js';
import type { EndClientTokens } from './end-client-tokens.js';
import type { ServiceAccount } from './service-account.js';
import type { ServiceAccountRepository } from './service-account-repository.port.js';

/** What is left out stays. */
export interface ServiceAccountChange {
  readonly name?: string | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
  readonly audiences?: readonly string[] | undefined;
  /** In place of all there are. */
  readonly keys?: readonly unknown[] | undefined;
  readonly disabled?: boolean | undefined;
  /** Ends the tokens it holds although nothing else changes: after a secret has leaked. */
  readonly endTokens?: boolean | undefined;
}

export interface ChangedServiceAccount {
  readonly account: ServiceAccount;
  /** Of the tokens it held; `undefined` when they stand. */
  readonly revocationId: string | undefined;
}

/** Changes a service account. A change of what it may do, or that it may do nothing, ends the tokens it holds. */
export class ChangeServiceAccount {
  constructor(
    private readonly accounts: ServiceAccountRepository,
    private readonly bounds: AccountBounds,
    private readonly endTokens: EndClientTokens,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * When it throws because the tokens could not be ended, the account has been changed all the same; the same command again
   * ends them.
   *
   * @throws {ServiceAccountNotFound}
   * @throws {ServiceAccountBusy}
   * @throws {UnusableClientKeys}
   * @throws {BeyondOwnRights}
   * @throws {DatabaseUnavailable}
   */
  async run(clientId: string, change: ServiceAccountChange, actor: Actor): Promise<ChangedServiceAccount> {
    const keys = change.keys && readClientKeys(change.keys);
    const cutoff = endsTokens(change) ? this.endTokens.cutoff() : undefined;
    const account = await changeAccount(this.accounts, clientId, (before) => {
      const after = {
        ...before,
        name: change.name ?? before.name,
        roles: change.roles ?? before.roles,
        scopes: change.scopes ?? before.scopes,
        audiences: change.audiences ?? before.audiences,
        keys: keys ?? before.keys,
        disabledAtMs: this.disabledAt(before, change.disabled),
        tokensEndedUpTo: Math.max(before.tokensEndedUpTo, cutoff ?? 0),
      };
      for (const rights of [before, after]) this.bounds.assertCovered(actor.rights, rights);
      return after;
    });
    const reason = change.disabled || change.endTokens ? 'admin' : 'role_changed';
    const revocationId = cutoff === undefined ? undefined : await this.endTokens.run(clientId, cutoff, reason);
    const what = Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    const details = { changed: what.join(' ') };
    this.audit.record({ kind: 'service_account.changed', clientId, ...actOf(actor), details });
    return { account, revocationId };
  }

  private disabledAt(before: ServiceAccount, disabled: boolean | undefined): number | null {
    if (disabled === undefined) return before.disabledAtMs;
    return disabled ? (before.disabledAtMs ?? this.clock.nowMs()) : null;
  }
}

/** Asked of the command, not of what it changes: repeated after a failure it must end them although all stands already. */
function endsTokens({ roles, scopes, audiences, disabled, endTokens }: ServiceAccountChange): boolean {
  return disabled === true || endTokens === true || [roles, scopes, audiences].some((rights) => rights !== undefined);
}
