import { SERVICE_ACCOUNT_ID_PATTERN } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { SessionStore } from '@gatehouse/session-store';
import type { Explanation, SessionValidator } from '@gatehouse/session-validator';
import { TokenRefused } from '../../access/access.errors.js';
import type { OwnTokens } from '../../access/own-tokens.js';
import type { ServiceAccount } from '../../service-accounts/service-account.js';
import { INTROSPECT, INTROSPECT_REFRESH, mustHave } from '../permissions.js';
import type { IntrospectRefreshToken } from './introspect-refresh-token.js';

/** What is told of a token that is good, by the names of RFC 7662 §2.2. */
export type ActiveToken = Readonly<Record<string, unknown>> & { readonly active: true; readonly exp: number };
/** Nothing more is told: why would help only those who guess. */
export const INACTIVE = { active: false } as const;

/** What is needed of a validator here. */
export type TokenExplainer = Pick<SessionValidator, 'explain'>;

const TOLD_CLAIMS = ['iss', 'aud', 'sub', 'sid', 'jti', 'iat', 'exp', 'auth_time', 'amr', 'acr', 'roles', 'scope'];
const TOLD_IF_THERE = ['gen', 'client_id', 'device_id', 'act'];

/** Says of a token whether it is good right now: from the list of revocations every service has, and whether its session lives. */
export class IntrospectToken {
  constructor(
    private readonly validator: TokenExplainer,
    private readonly ownTokens: OwnTokens,
    private readonly refreshTokens: IntrospectRefreshToken,
    private readonly sessions: SessionStore,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {AccessDenied} unless the caller has the scope for it.
   * @throws {TokenRefused} `FEED_STALE`, before the first whole list: then nobody can tell.
   * @throws {SessionStoreUnavailable} for a refresh token whose session cannot be looked up.
   */
  async run(token: string, caller: ServiceAccount): Promise<ActiveToken | typeof INACTIVE> {
    mustHave(caller, INTROSPECT);
    if (this.refreshTokens.recognises(token)) {
      // To a service that may only ask about tokens it could be sent, a refresh token is none.
      return caller.scopes.includes(INTROSPECT_REFRESH) ? this.refreshTokens.run(token) : INACTIVE;
    }
    const claims = this.goodClaims(token);
    if (!claims || !(await this.hasLiveSession(claims))) return INACTIVE;
    return toAnswer(claims);
  }

  private goodClaims(token: string): Readonly<Record<string, unknown>> | undefined {
    const explanation = this.validator.explain(token, { serviceAccounts: true });
    const { verdict, claims } = explanation;
    if (verdict.ok) return claims;
    if (verdict.reason === 'FEED_STALE') throw new TokenRefused('FEED_STALE');
    return this.isGoodElsewhere(token, explanation) ? claims : undefined;
  }

  /**
   * A service account's token may be meant for a service whose audience is not ours. Everything else about it must stand: it is
   * signed with a key in force, in time, and on no list.
   */
  private isGoodElsewhere(token: string, { verdict, claims, steps }: Explanation): boolean {
    const failed = steps.filter(({ outcome }) => outcome === 'failed').map(({ check }) => check);
    const isOnlyTheClaims = !verdict.ok && verdict.reason === 'TOKEN_INVALID' && failed.join() === 'claims';
    if (!isOnlyTheClaims || !claims || !this.ownTokens.claims(token)) return false;
    const { sub, exp } = claims;
    const isOfService = typeof sub === 'string' && SERVICE_ACCOUNT_ID_PATTERN.test(sub);
    return isOfService && typeof exp === 'number' && this.clock.nowSeconds() < exp;
  }

  private async hasLiveSession({ sub, sid }: Readonly<Record<string, unknown>>): Promise<boolean> {
    if (SERVICE_ACCOUNT_ID_PATTERN.test(String(sub))) return true;
    try {
      return (await this.sessions.find(Number(sub), String(sid))) !== undefined;
    } catch (error) {
      // As on every route here: the last known list, which the token has passed, then decides.
      if (error instanceof SessionStoreUnavailable) return true;
      throw error;
    }
  }
}

function toAnswer(claims: Readonly<Record<string, unknown>>): ActiveToken {
  const names = [...TOLD_CLAIMS, ...TOLD_IF_THERE.filter((name) => Object.hasOwn(claims, name))];
  const told = Object.fromEntries(names.map((name) => [name, claims[name]]));
  return { active: true, token_type: 'Bearer', ...told, exp: Number(claims['exp']) };
}
