import { SERVICE_ACCOUNT_ID_PATTERN } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import type { CallerFacts } from '../../access/caller.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { matchesSecret } from '../../service-accounts/client-secret.js';
import type { ServiceAccount } from '../../service-accounts/service-account.js';
import type { ServiceAccountRepository } from '../../service-accounts/service-account-repository.port.js';
import { InvalidClient } from '../oauth.errors.js';
import { ASSERTION_TOLERANCE_SECONDS, isSignedByClient, readAssertion } from './client-assertion.js';
import type { PresentedClient } from '../http/presented-client.js';
import type { UsedAssertions } from './used-assertions.port.js';

export interface AssertionSettings {
  /** `iss` of our tokens. */
  readonly issuer: string;
  /** How long a proof may live, in seconds. */
  readonly maxAgeSeconds: number;
}

/** Finds out which service account is asking. */
export class AuthenticateClient {
  constructor(
    private readonly accounts: ServiceAccountRepository,
    private readonly used: UsedAssertions,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly settings: AssertionSettings,
  ) {}

  /**
   * @throws {InvalidClient} for an unknown or disabled client and a wrong, expired or repeated proof alike.
   * @throws {DatabaseUnavailable}
   */
  async run(presented: PresentedClient, caller: CallerFacts): Promise<ServiceAccount> {
    const account = await this.authenticated(presented);
    if (account && account.disabledAtMs === null) return account;
    const known = presented.clientId;
    this.audit.record({
      kind: 'access.denied',
      // What is no id of ours could be anything, the secret included.
      ...(known !== undefined && SERVICE_ACCOUNT_ID_PATTERN.test(known) ? { clientId: known } : {}),
      ...caller,
      details: { reason: account ? 'client_disabled' : 'client_unknown_or_wrong', method: presented.method },
    });
    throw new InvalidClient();
  }

  private async authenticated(presented: PresentedClient): Promise<ServiceAccount | undefined> {
    switch (presented.method) {
      case 'none':
        return undefined;
      case 'private_key_jwt':
        return this.byKey(presented.assertion, presented.clientId);
      default: {
        const account = await this.find(presented.clientId);
        const matches = matchesSecret(presented.secret, account?.secrets ?? [], this.clock.nowMs());
        return matches ? account : undefined;
      }
    }
  }

  private async byKey(assertion: string, clientId: string | undefined): Promise<ServiceAccount | undefined> {
    const { issuer, maxAgeSeconds } = this.settings;
    const stated = readAssertion(assertion, { issuer, maxAgeSeconds, nowSeconds: this.clock.nowSeconds() });
    if (!stated || (clientId !== undefined && clientId !== stated.clientId)) return undefined;
    const account = await this.find(stated.clientId);
    if (!isSignedByClient(assertion, stated.kid, account?.keys ?? []) || !account) return undefined;
    // Last, so that nobody fills the database with made-up ids.
    const untilMs = Math.ceil(stated.expiresAt + ASSERTION_TOLERANCE_SECONDS) * 1000;
    return (await this.used.useOnce(account.clientId, stated.tokenId, untilMs)) ? account : undefined;
  }

  private async find(clientId: string): Promise<ServiceAccount | undefined> {
    // What no id looks like is not asked for: it may be longer than the column.
    return SERVICE_ACCOUNT_ID_PATTERN.test(clientId) ? this.accounts.find(clientId) : undefined;
  }
}
