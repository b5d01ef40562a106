import { randomHex } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { keptSecret, matchesSecret, type MintedSecret, mintSecret } from '../client-secret.js';
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
  /** Take these credentials where the database does not know them, rather than making others. @default false */
  readonly adopt?: boolean;
}

/** Credentials that were to be taken as they are, and cannot. */
export class CredentialsNotAdopted extends Error {}

/** As this service makes them. */
const CLIENT_ID = /^svc_[0-9a-f]{24}$/;
/** No weaker than those of this service: 256 random bits are 43 characters of base64url. */
const SECRET = /^[\w-]{43,128}$/;

interface MintedAccount extends MintedSecret {
  readonly clientId: string;
}

const minted = (nowMs: number): MintedAccount => ({ clientId: `svc_${randomHex(12)}`, ...mintSecret(nowMs) });

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

  /**
   * @throws {DatabaseUnavailable}
   * @throws {CredentialsNotAdopted} before anything is written.
   */
  async run(command: KeepServiceAccountCommand): Promise<KeptServiceAccount> {
    const { name, scopes, credentials, adopt = false } = command;
    if (credentials && (await this.areGood(credentials, scopes))) return { credentials, isNew: false };
    const nowMs = this.now();
    const { clientId, text, secret } = adopt ? await this.adopted(credentials, nowMs) : minted(nowMs);
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

  private async adopted(credentials: ServiceCredentials | undefined, nowMs: number): Promise<MintedAccount> {
    if (!credentials) throw new CredentialsNotAdopted('the file holds no client id and secret');
    const { clientId, clientSecret } = credentials;
    if (!CLIENT_ID.test(clientId)) throw new CredentialsNotAdopted('its client id is not svc_ and 24 hex digits');
    if (!SECRET.test(clientSecret))
      throw new CredentialsNotAdopted('its secret is not 43 to 128 letters, digits, - or _');
    if (await this.accounts.find(clientId)) {
      throw new CredentialsNotAdopted('the account is there already, and these are not in force for what is asked');
    }
    return { clientId, text: clientSecret, secret: keptSecret(clientSecret, nowMs) };
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
