import { randomHex } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { matchesSecret, mintSecret } from '../client-secret.js';
import type { ServiceAccountRepository } from '../service-account-repository.port.js';

/** What a service proves itself with. */
export interface ServiceCredentials {
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface KeepServiceAccountCommand {
  readonly name: string;
  readonly scopes: readonly string[];
  /** What the service was given before, if anything. */
  readonly credentials: ServiceCredentials | undefined;
}

export interface KeptServiceAccount {
  readonly credentials: ServiceCredentials;
  /** False: what it had is still good. */
  readonly isNew: boolean;
}

/**
 * Sees to it that a service has an account, from outside the service: the gateway needs one before anybody can sign in through it. Asked again
 * with what it made, it makes nothing.
 */
export class KeepServiceAccount {
  /** @param audience - `aud` of the tokens of persons; the account's tokens get the same */
  constructor(
    private readonly accounts: ServiceAccountRepository,
    private readonly audit: AuditLog,
    private readonly audience: string,
    private readonly now: () => number,
  ) {}

  /** @throws {DatabaseUnavailable} */
  async run({ name, scopes, credentials }: KeepServiceAccountCommand): Promise<KeptServiceAccount> {
    if (credentials && (await this.areGood(credentials, scopes))) return { credentials, isNew: false };
    const nowMs = this.now();
    const { text, secret } = mintSecret(nowMs);
    const clientId = `svc_${randomHex(12)}`;
    await this.accounts.add({
      clientId,
      name,
      roles: [],
      scopes,
      audiences: [this.audience],
      secrets: [secret],
      keys: [],
      disabledAtMs: null,
      tokensEndedUpTo: 0,
      createdAtMs: nowMs,
      version: 0,
    });
    await this.audit.recordDurably({ kind: 'service_account.created', clientId, details: { by: 'cli' } });
    return { credentials: { clientId, clientSecret: text }, isNew: true };
  }

  /** In this database, in force, and for what is asked: credentials may stem from another database. */
  private async areGood({ clientId, clientSecret }: ServiceCredentials, scopes: readonly string[]): Promise<boolean> {
    const account = await this.accounts.find(clientId);
    if (!account || account.disabledAtMs !== null) return false;
    return (
      scopes.every((scope) => account.scopes.includes(scope)) &&
      matchesSecret(clientSecret, account.secrets, this.now())
    );
  }
}
