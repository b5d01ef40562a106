import { decodeJwt, type JWTPayload } from 'jose';
import { Strategy } from 'passport-strategy';
import type { BearerIdentity, OidcClient } from '../client/oidc-client.port.js';
import { OidcError } from '../client/oidc-error.js';
import { bearerClient, listOf } from './client-from-options.js';
import type { PassportRequest } from './exchange.js';
import { ProviderAway } from './provider-away.js';
import type { AzureAdBearerOptions } from './strategy-options.js';
import type { Done, Verify } from './verify-callback.js';

/** Claims of the verified access token, and who it stands for. */
export interface AzureAdToken extends JWTPayload {
  readonly identity: BearerIdentity;
}

const REALM = 'Bearer realm="azure-ad"';

/**
 * Takes access tokens that Entra issued for our own API (version 2.0), from the `Authorization` header only. Calls `verify(token,
 * done)`. Fails with a challenge after RFC 6750, section 3; Entra being away is an error with status 503.
 *
 * @throws {StrategyMisconfigured} from the constructor, with everything that is wrong.
 */
export class AzureAdBearerStrategy extends Strategy {
  readonly name: string = 'azure-ad-bearer';
  private readonly client: OidcClient;

  constructor(
    private readonly options: AzureAdBearerOptions,
    private readonly verify: Verify,
  ) {
    super();
    this.client = bearerClient('azure-ad-bearer', options);
  }

  override authenticate(request: PassportRequest): void {
    const token = /^Bearer ([\w.~+/=-]{1,16384})$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      this.fail(REALM, 401);
      return;
    }
    this.judge(request, token).catch((error: unknown) => {
      if (!(error instanceof OidcError)) this.error(error as Error);
      else if (error.kind === 'unavailable') this.error(new ProviderAway(error));
      else this.fail(`${REALM}, error="invalid_token", error_description="${error.code}"`, 401);
    });
  }

  private async judge(request: PassportRequest, token: string): Promise<void> {
    const identity = await this.client.verifyBearer(token);
    const claims: AzureAdToken = { ...decodeJwt(token), identity };
    const { allowMultiAudiencesInToken = false, passReqToCallback = false } = this.options;
    if (!allowMultiAudiencesInToken && Array.isArray(claims.aud) && claims.aud.length > 1) {
      throw new OidcError('refused', 'AUDIENCE_MISMATCH', 'the token was made out to several APIs');
    }
    const wanted = listOf(this.options.scope);
    if (wanted.length > 0 && !wanted.some((scope) => identity.scopes.includes(scope))) {
      this.fail(`${REALM}, error="insufficient_scope", scope="${wanted.join(' ')}"`, 403);
      return;
    }
    const done: Done = (error, user, info) => {
      if (error) this.error(error as Error);
      else if (user) this.success(user, info as object);
      else this.fail(`${REALM}, error="invalid_token"`, 401);
    };
    const verify = this.verify as (...parameters: unknown[]) => unknown;
    verify(...(passReqToCallback ? [request] : []), claims, done);
  }
}
