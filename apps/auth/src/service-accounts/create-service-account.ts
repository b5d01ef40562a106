import type { Clock } from '@gatehouse/kernel';
import { randomHex } from '@gatehouse/kernel';
import type { Actor } from '../access/actor.decorator.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { AccountBounds } from './account-bounds.js';
import { actOf } from './admin-act.js';
import { readClientKeys } from './client-keys.js';
import { mintSecret } from './client-secret.js';
import type { ServiceAccount } from './service-account.js';
import type { ServiceAccountRepository } from './service-account-repository.port.js';

export interface CreateServiceAccountCommand {
  readonly name: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Empty: that of this service's tokens. */
  readonly audiences: readonly string[];
  /** A JWK Set's keys; when there are any, no secret is made. */
  readonly keys: readonly unknown[];
}

export interface CreatedServiceAccount {
  readonly account: ServiceAccount;
  /** Shown once; `undefined` for an account that proves itself with keys. */
  readonly secret: string | undefined;
}

/** Lets another service in. */
export class CreateServiceAccount {
  /** @param audience - `aud` of the tokens of persons. */
  constructor(
    private readonly accounts: ServiceAccountRepository,
    private readonly bounds: AccountBounds,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly audience: string,
  ) {}

  /** @throws {UnusableClientKeys} {BeyondOwnRights} */
  async run(command: CreateServiceAccountCommand, actor: Actor): Promise<CreatedServiceAccount> {
    const { name, roles, scopes, audiences } = command;
    const nowMs = this.clock.nowMs();
    const keys = readClientKeys(command.keys);
    const minted = keys.length > 0 ? undefined : mintSecret(nowMs);
    const account: ServiceAccount = {
      clientId: `svc_${randomHex(12)}`,
      name,
      roles,
      scopes,
      audiences: audiences.length > 0 ? audiences : [this.audience],
      secrets: minted ? [minted.secret] : [],
      keys,
      disabledAtMs: null,
      tokensEndedUpTo: 0,
      createdAtMs: nowMs,
      version: 0,
    };
    this.bounds.assertCovered(actor.rights, account);
    await this.accounts.add(account);
    this.audit.record({ kind: 'service_account.created', clientId: account.clientId, ...actOf(actor) });
    return { account, secret: minted?.text };
  }
}
