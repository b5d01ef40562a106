import { buildEndSessionUrl } from 'openid-client';
import type { GroupDirectory } from '../entra/group-directory.js';
import type { ExternalIdentity } from '../identity/external-identity.js';
import { identityOf } from '../identity/identity-of.js';
import { checkedLogoutToken } from '../logout/logout-token.js';
import { checkedSecurityEvent } from '../logout/security-event.js';
import type { ProviderSettings } from '../provider/provider-settings.js';
import { checkedBearer } from '../tokens/bearer-token.js';
import { checkedIdToken, type IdTokenExpectations } from '../tokens/id-token.js';
import type { Trust } from '../tokens/signed-token.js';
import { readCallback } from './callback-parameters.js';
import { checkTransaction, configurationFor, MAX_TRANSACTION_MS, startLogin } from './login.js';
import {
  OidcClient,
  type BearerIdentity,
  type LoginTransaction,
  type LogoutNotice,
  type ProviderTokens,
  type SecurityEvent,
  type SignedIn,
  type StartOptions,
} from './oidc-client.port.js';
import { OidcError } from './oidc-error.js';
import type { Warn } from './oidc-warning.js';
import type { TokenEndpoint } from './token-endpoint.js';

export interface ProviderClientNeeds {
  readonly settings: ProviderSettings;
  readonly trust: Trust;
  readonly tokenEndpoint: TokenEndpoint;
  /** Where groups are looked up that the token had no room for. */
  readonly groupDirectory: GroupDirectory | undefined;
  readonly warn: Warn;
}

/** ID tokens are fetched the moment they are made, at login and at refresh. */
const MAX_TOKEN_AGE_SECONDS = MAX_TRANSACTION_MS / 1000;
/** A longer one would not fit into the lines that servers and proxies take. */
const MAX_HINT_LENGTH = 4_096;

/** {@link OidcClient} over openid-client (what is asked) and jose (what is believed). */
export class ProviderClient extends OidcClient {
  constructor(
    override readonly name: string,
    private readonly needs: ProviderClientNeeds,
  ) {
    super();
  }

  override async start(options: StartOptions): Promise<{ redirectTo: URL; transaction: LoginTransaction }> {
    const { settings, trust } = this.needs;
    return startLogin(this.name, options, settings, await trust.discovery.current(), trust.clock.nowMs());
  }

  override async finish(callbackUrl: URL, transaction: LoginTransaction): Promise<SignedIn> {
    const { trust, tokenEndpoint } = this.needs;
    checkTransaction(transaction, this.name, trust.clock.nowMs());
    const metadata = await trust.discovery.current();
    const callback = readCallback(callbackUrl, transaction, metadata, trust.rule);
    const answer = await tokenEndpoint.redeem(callback.code, transaction, metadata);
    const { idToken } = answer;
    if (idToken === undefined)
      throw new OidcError('refused', 'PROVIDER_ERROR', 'the provider answered without an ID token');
    const { nonce, maxAgeSeconds, acrValues } = transaction;
    const identity = await this.verified(idToken, {
      nonce,
      maxAgeSeconds,
      acrValues,
      maxTokenAgeSeconds: MAX_TOKEN_AGE_SECONDS,
      accessToken: answer.accessToken,
    });
    // Where one authority speaks for many tenants, the callback must speak for the one of the token.
    if (callback.issuer !== undefined && ![identity.issuer, metadata.issuer].includes(callback.issuer)) {
      throw new OidcError('refused', 'ISSUER_MISMATCH', 'the answer is not of the issuer of the token');
    }
    return { identity: await this.withGroups(identity, answer.accessToken), tokens: { ...answer, idToken } };
  }

  override async refresh(
    tokens: ProviderTokens,
    before: Pick<ExternalIdentity, 'issuer' | 'subject' | 'key'>,
  ): Promise<{ tokens: ProviderTokens; identity?: ExternalIdentity }> {
    if (tokens.refreshToken === undefined) {
      throw new OidcError('denied', 'GRANT_REFUSED', 'the provider gave no refresh token');
    }
    const { trust, tokenEndpoint } = this.needs;
    const answer = await tokenEndpoint.refresh(tokens.refreshToken, await trust.discovery.current());
    // What the answer leaves out stays as it was (RFC 6749 §6, OpenID Connect Core 1.0 §12.2).
    const { refreshToken, scope, idToken } = tokens;
    const renewed = { refreshToken, ...(scope !== undefined && { scope }), idToken, ...answer };
    if (answer.idToken === undefined) return { tokens: renewed };

    const identity = await this.verified(answer.idToken, {
      maxTokenAgeSeconds: MAX_TOKEN_AGE_SECONDS,
      accessToken: answer.accessToken,
    });
    const isSamePerson = (['issuer', 'subject', 'key'] as const).every((fact) => identity[fact] === before[fact]);
    if (!isSamePerson) {
      throw new OidcError('refused', 'SUBJECT_CHANGED', 'the refreshed ID token is about somebody else');
    }
    return { tokens: renewed, identity: await this.withGroups(identity, answer.accessToken) };
  }

  override async endSessionUrl(options: {
    readonly postLogoutRedirectUri: string;
    readonly state?: string;
    readonly idToken?: string;
    readonly loginHint?: string;
  }): Promise<URL | undefined> {
    const { settings, trust } = this.needs;
    const metadata = await trust.discovery.current();
    if (metadata.end_session_endpoint === undefined) return undefined;
    const { postLogoutRedirectUri, state, idToken, loginHint } = options;
    // Entra documents logout_hint and no id_token_hint; elsewhere the ID token says best whose session is meant.
    const hint =
      settings.type === 'oidc' && idToken !== undefined && idToken.length <= MAX_HINT_LENGTH ? idToken : undefined;
    return buildEndSessionUrl(configurationFor(metadata, settings), {
      post_logout_redirect_uri: postLogoutRedirectUri,
      ...(state !== undefined && { state }),
      ...(hint !== undefined && { id_token_hint: hint }),
      ...(loginHint !== undefined && { logout_hint: loginHint }),
    });
  }

  override async verifyIdToken(
    idToken: string,
    { nonce, maxAgeMs }: { readonly nonce?: string; readonly maxAgeMs?: number },
  ): Promise<ExternalIdentity> {
    const maxTokenAgeSeconds = maxAgeMs === undefined ? undefined : maxAgeMs / 1000;
    return this.withGroups(await this.verified(idToken, { nonce, maxTokenAgeSeconds }), undefined);
  }

  override verifyLogoutToken(logoutToken: string): Promise<LogoutNotice> {
    return checkedLogoutToken(logoutToken, this.name, this.needs.trust);
  }

  override verifySecurityEvent(token: string, addresses: readonly string[]): Promise<SecurityEvent> {
    return checkedSecurityEvent(token, this.name, this.needs.trust, addresses);
  }

  override async verifyBearer(accessToken: string): Promise<BearerIdentity> {
    const { settings, trust } = this.needs;
    const rule = { kind: settings.type, audiences: settings.bearerAudiences };
    const { claims, ...grant } = await checkedBearer(accessToken, trust, rule);
    const identity = await this.withGroups(identityOf(claims, this.name, settings), undefined);
    return { ...identity, ...grant };
  }

  override acceptsIssuer(issuer: string): boolean {
    return this.needs.trust.rule.acceptsIssuer(issuer);
  }

  private async verified(idToken: string, expected: IdTokenExpectations): Promise<ExternalIdentity> {
    const { trust, settings } = this.needs;
    return identityOf(await checkedIdToken(idToken, trust, expected), this.name, settings);
  }

  /** Fetches groups that the token left out, as far as the settings want it and there is a token to ask with. */
  private async withGroups(identity: ExternalIdentity, accessToken: string | undefined): Promise<ExternalIdentity> {
    const { settings, groupDirectory, warn } = this.needs;
    if (identity.groups !== 'unknown' || settings.type !== 'entra') return identity;
    if (settings.groups.onOverage === 'deny') {
      throw new OidcError('refused', 'GROUPS_UNKNOWN', 'the person is in more groups than fit into a token');
    }
    if (!groupDirectory || accessToken === undefined) return identity;
    const groups = await groupDirectory.groupsOf(accessToken);
    if (!groups)
      warn('GROUPS_NOT_FETCHED', 'the groups of a person could not be read from Graph; they count as unknown');
    return groups ? { ...identity, groups } : identity;
  }
}
