import {
  allowInsecureRequests,
  authorizationCodeGrant,
  Configuration,
  customFetch,
  refreshTokenGrant,
  ResponseBodyError,
  type CustomFetch,
  type ServerMetadata,
  type TokenEndpointResponse,
} from 'openid-client';
import type { Clock } from '@gatehouse/kernel';
import type { ProviderMetadata } from '../provider/metadata.js';
import type { Outbound } from '../provider/outbound.js';
import type { ClientAuthentication } from './client-authentication.js';
import type { LoginTransaction } from './oidc-client.port.js';
import { OidcError } from './oidc-error.js';
import type { Warn } from './oidc-warning.js';
import { deniedBy } from './provider-refusal.js';

export interface TokenEndpointNeeds {
  readonly clientId: string;
  readonly authentication: ClientAuthentication;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly allowInsecure: boolean;
  readonly timeoutMs: number;
  readonly warn: Warn;
}

export interface TokenAnswer {
  readonly accessToken: string;
  readonly accessTokenExpiresAtMs?: number;
  readonly refreshToken?: string;
  readonly scope?: string;
  /** Not verified yet. */
  readonly idToken?: string;
}

/** Three tokens with many groups stay well below. */
const MAX_BYTES = 262_144;
/** Longest token that is worth keeping in a session. */
const MAX_TOKEN_LENGTH = 32_768;

/** The provider's token endpoint: openid-client asks, our own way out carries it. */
export class TokenEndpoint {
  constructor(private readonly needs: TokenEndpointNeeds) {}

  /** Redeems a code (RFC 6749 §4.1.3 with RFC 7636 §4.5). */
  redeem(code: string, transaction: LoginTransaction, metadata: ProviderMetadata): Promise<TokenAnswer> {
    const callback = new URL(transaction.redirectUri);
    callback.searchParams.set('code', code);
    return this.call(metadata, (configuration) =>
      authorizationCodeGrant(configuration, callback, { pkceCodeVerifier: transaction.codeVerifier }),
    );
  }

  /** RFC 6749 §6. */
  refresh(refreshToken: string, metadata: ProviderMetadata): Promise<TokenAnswer> {
    return this.call(metadata, (configuration) => refreshTokenGrant(configuration, refreshToken));
  }

  private async call(
    metadata: ProviderMetadata,
    ask: (configuration: Configuration) => Promise<TokenEndpointResponse>,
  ): Promise<TokenAnswer> {
    const { clientId, authentication, allowInsecure, clock } = this.needs;
    const askedAtMs = clock.nowMs();
    const wire = this.wire();
    try {
      const server = { issuer: metadata.issuer, token_endpoint: metadata.token_endpoint } as ServerMetadata;
      const configuration = new Configuration(server, clientId, {}, await authentication(metadata));
      if (allowInsecure) allowInsecureRequests(configuration);
      configuration[customFetch] = wire.fetch;
      // The way out keeps time itself.
      configuration.timeout = 0;
      return tokensIn(await ask(configuration), wire.idToken(), askedAtMs);
    } catch (error) {
      throw this.readable(error);
    }
  }

  /**
   * The ID token is taken out on the way: openid-client checks it against one fixed issuer and without its signature, and
   * all ID tokens are to pass the same checks here, wherever they come from.
   */
  private wire(): { fetch: CustomFetch; idToken: () => unknown } {
    let idToken: unknown;
    const fetch: CustomFetch = async (url, { method, headers, body }) => {
      const { status, json = {} } = await this.needs.outbound.ask({
        what: 'tokens',
        url: new URL(url),
        method: method === 'POST' ? 'POST' : 'GET',
        headers,
        body: new URLSearchParams(body as URLSearchParams),
        maxBytes: MAX_BYTES,
        timeoutMs: this.needs.timeoutMs,
        refusedAs: 'PROVIDER_ERROR',
      });
      const { id_token: taken, ...rest } = json;
      idToken = taken;
      return new Response(JSON.stringify(rest), { status, headers: { 'content-type': 'application/json' } });
    };
    return { fetch, idToken: () => idToken };
  }

  private readable(error: unknown): OidcError {
    const ours = oursIn(error);
    if (ours) return ours;
    if (!(error instanceof ResponseBodyError)) {
      // No `cause`: it holds the answer.
      return new OidcError('refused', 'PROVIDER_ERROR', 'the provider did not answer with tokens');
    }
    if (error.error === 'invalid_client' || error.error === 'unauthorized_client') {
      this.needs.warn(
        'CREDENTIAL_REFUSED',
        'the provider does not take the client: are credential and registration good?',
      );
    }
    return deniedBy(error.error);
  }
}

function oursIn(error: unknown): OidcError | undefined {
  let at = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++, at = at.cause) if (at instanceof OidcError) return at;
  return undefined;
}

function tokensIn(answer: TokenEndpointResponse, idToken: unknown, askedAtMs: number): TokenAnswer {
  const {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: seconds,
    scope,
    token_type: type,
  } = answer;
  const isUsable =
    type === 'bearer' &&
    [accessToken, refreshToken, idToken].every((token) => token === undefined || isToken(token)) &&
    (scope ?? '').length <= 4_096;
  if (!isUsable)
    throw new OidcError('refused', 'PROVIDER_ERROR', 'the provider answered with tokens that cannot be used');
  return {
    accessToken,
    ...(seconds !== undefined && { accessTokenExpiresAtMs: askedAtMs + Math.min(seconds, 31_536_000) * 1000 }),
    ...(refreshToken !== undefined && { refreshToken }),
    ...(scope !== undefined && { scope }),
    ...(idToken !== undefined && { idToken: idToken as string }),
  };
}

/** Printable and not too long: it is put into headers and sealed into sessions. */
function isToken(token: unknown): boolean {
  return typeof token === 'string' && token.length <= MAX_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(token);
}
