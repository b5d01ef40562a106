import type { Clock } from '@gatehouse/kernel';
import type { Actor } from '../access/actor.decorator.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { AccountBounds } from './account-bounds.js';
import { actOf } from './admin-act.js';
import { changeAccount } from './change-account.js';
import { mintSecret } from './client-secret.js';
import { type ClientSecret, MAX_SECRETS, type ServiceAccount } from './service-account.js';
import type { ServiceAccountRepository } from './service-account-repository.port.js';
import { ClientSecretNotFound, TooManySecrets } from './service-accounts.errors.js';

export interface AddedSecret {
  readonly account: ServiceAccount;
  /** Shown once. */
  readonly text: string;
  readonly secret: ClientSecret;
}

/** Gives a service account another secret, so that it can be changed without a moment in which none is right. */
export class RotateClientSecret {
  constructor(
    private readonly accounts: ServiceAccountRepository,
    private readonly bounds: AccountBounds,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * Those that have expired make room.
   *
   * @param previousExpiresInSeconds - when those there are end; `undefined` leaves them until they are removed
   * @throws {ServiceAccountNotFound}
   * @throws {TooManySecrets}
   * @throws {BeyondOwnRights}
   */
  async add(clientId: string, previousExpiresInSeconds: number | undefined, actor: Actor): Promise<AddedSecret> {
    const nowMs = this.clock.nowMs();
    const endMs = previousExpiresInSeconds === undefined ? Infinity : nowMs + previousExpiresInSeconds * 1000;
    const minted = mintSecret(nowMs);
    const account = await changeAccount(this.accounts, clientId, (before) => {
      this.bounds.assertCovered(actor.rights, before);
      const kept = before.secrets
        .map((secret) => ({ ...secret, expiresAtMs: earlier(secret.expiresAtMs, endMs) }))
        .filter(({ expiresAtMs }) => (expiresAtMs ?? Infinity) > nowMs);
      if (kept.length >= MAX_SECRETS) throw new TooManySecrets();
      return { ...before, secrets: [...kept, minted.secret] };
    });
    const details = { changed: 'secret_added', secret: minted.secret.id };
    this.audit.record({ kind: 'service_account.changed', clientId, ...actOf(actor), details });
    return { account, text: minted.text, secret: minted.secret };
  }

  /**
   * @throws {ServiceAccountNotFound}
   * @throws {ClientSecretNotFound}
   * @throws {BeyondOwnRights}
   */
  async remove(clientId: string, secretId: string, actor: Actor): Promise<ServiceAccount> {
    const account = await changeAccount(this.accounts, clientId, (before) => {
      this.bounds.assertCovered(actor.rights, before);
      const secrets = before.secrets.filter(({ id }) => id !== secretId);
      if (secrets.length === before.secrets.length) throw new ClientSecretNotFound();
      return { ...before, secrets };
    });
    const details = { changed: 'secret_removed', secret: secretId };
    this.audit.record({ kind: 'service_account.changed', clientId, ...actOf(actor), details });
    return account;
  }
}

function earlier(expiresAtMs: number | null, endMs: number): number | null {
  const earliest = Math.min(expiresAtMs ?? Infinity, endMs);
  return Number.isFinite(earliest) ? earliest : null;
}
