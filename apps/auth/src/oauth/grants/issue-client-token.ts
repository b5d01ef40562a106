import type { CallerFacts } from '../../access/caller.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { ServiceAccount } from '../../service-accounts/service-account.js';
import type { AccessTokenIssuer } from '../../tokens/access-token-issuer.js';
import { InvalidScope, InvalidTarget } from '../oauth.errors.js';
import { scopesIn } from '../scopes.js';

export interface ClientTokenRequest {
  readonly account: ServiceAccount;
  /** As sent; `undefined` asks for all the account has. */
  readonly scope: string | undefined;
  /** As sent; none asks for the first of the account's. */
  readonly audiences: readonly string[];
}

export interface ClientToken {
  readonly accessToken: string;
  readonly expiresInSeconds: number;
  readonly scope: string;
}

/** Gives a service a token in its own name (RFC 6749 §4.4). There is no refresh token: it can ask again. */
export class IssueClientToken {
  /** @param lifetimeSeconds - of such a token */
  constructor(
    private readonly accessTokens: AccessTokenIssuer,
    private readonly audit: AuditLog,
    private readonly lifetimeSeconds: number,
  ) {}

  /**
   * @throws {InvalidScope}
   * @throws {InvalidTarget}
   */
  async run({ account, scope, audiences }: ClientTokenRequest, caller: CallerFacts): Promise<ClientToken> {
    const granted = grantedScope(account, scope);
    const audience = audienceFor(account, audiences);
    const { clientId, roles, tokensEndedUpTo } = account;
    const issued = await this.accessTokens.issueToService({
      clientId,
      roles,
      scope: granted,
      audience,
      lifetimeSeconds: this.lifetimeSeconds,
      notBefore: tokensEndedUpTo + 1,
    });
    this.audit.record({ kind: 'token.issued', clientId, ...caller, details: { token: issued.tokenId } });
    return { accessToken: issued.token, expiresInSeconds: issued.expiresInSeconds, scope: granted };
  }
}

function grantedScope({ scopes }: ServiceAccount, asked: string | undefined): string {
  if (asked === undefined) return scopes.join(' ');
  const wanted = scopesIn(asked);
  if (!wanted.every((scope) => scopes.includes(scope))) throw new InvalidScope();
  return wanted.join(' ');
}

/** One token is for one service: with a token for two, each could use it at the other. */
function audienceFor({ audiences }: ServiceAccount, asked: readonly string[]): string {
  const [wanted = audiences[0], ...more] = asked;
  if (wanted === undefined || more.length > 0 || !audiences.includes(wanted)) throw new InvalidTarget();
  return wanted;
}
