import type { ExternalIdentity } from '../identity/external-identity.js';

/** What must be kept, bound to the browser, between the redirect to the provider and its return. Never in a URL. */
export interface LoginTransaction {
  readonly provider: string;
  /** 256 random bits each, base64url. */
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  readonly redirectUri: string;
  /** Seconds; asked for with `max_age`, checked against `auth_time` at the return. */
  readonly maxAgeSeconds?: number;
  /** Space-separated; one of them must be the `acr` at the return. */
  readonly acrValues?: string;
  /** The return must come within ten minutes. */
  readonly startedAtMs: number;
}

/** Tokens of the provider. They never reach a browser and are never logged. */
export interface ProviderTokens {
  readonly accessToken: string;
  readonly accessTokenExpiresAtMs?: number;
  readonly refreshToken?: string;
  readonly idToken: string;
  readonly scope?: string;
}

export interface SignedIn {
  readonly identity: ExternalIdentity;
  readonly tokens: ProviderTokens;
}

export interface StartOptions {
  /** Registered at the provider, without query and fragment. */
  readonly redirectUri: string;
  readonly prompt?: 'login' | 'select_account' | 'consent' | 'none';
  readonly maxAgeSeconds?: number;
  readonly loginHint?: string;
  /** Space-separated. Whoever comes back with none of them is refused. */
  readonly acrValues?: string;
}

/** A verified logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4). The caller refuses a `jti` seen before. */
export interface LogoutNotice {
  readonly provider: string;
  readonly issuer: string;
  readonly jti: string;
  /** At least one of both is there. */
  readonly subject?: string;
  readonly providerSessionId?: string;
  readonly issuedAtMs: number;
  /** Until when the token would be taken again, so how long its `jti` must be remembered. */
  readonly expiresAtMs: number;
}

/** A verified security event token (RFC 8417), as far as it matters here. The caller acts on a `jti` once. */
export interface SecurityEvent {
  readonly provider: string;
  readonly issuer: string;
  readonly jti: string;
  /** What has ended at the provider; `undefined` where the token tells of something else. */
  readonly over?: {
    /** At least one of both is there; with both, that session of that person. */
    readonly subject?: string;
    readonly providerSessionId?: string;
    /** What began later is not meant. */
    readonly upToMs: number;
  };
  /** Until when the token would be taken again, so how long its `jti` must be remembered. */
  readonly expiresAtMs: number;
}

/** A verified access token of the provider, presented as a bearer to us (Entra's `aud` is our own API). */
export interface BearerIdentity extends ExternalIdentity {
  /** `application`: a service's own token, nobody stands behind it (Entra: no `scp`; elsewhere `sub` is the client). */
  readonly subjectKind: 'person' | 'application';
  readonly scopes: readonly string[];
  readonly expiresAtMs: number;
  /** `azp` or `appid`. */
  readonly clientId?: string;
}

/**
 * One identity provider, as a relying party sees it.
 *
 * All methods throw {@link OidcError}: `kind: 'refused'` where an answer or token is not to be believed, `'unavailable'`
 * where the provider cannot be reached, answers 5xx or does not take our own credential (no session should end for that),
 * `'denied'` where it says no (`access_denied`, `invalid_grant`, `interaction_required`).
 */
export abstract class OidcClient {
  abstract readonly name: string;
  /** Where to send the browser, and what to keep. Always code flow with PKCE S256, state and nonce. */
  abstract start(options: StartOptions): Promise<{ readonly redirectTo: URL; readonly transaction: LoginTransaction }>;
  /** @param callbackUrl the whole URL the browser came back to, query included. */
  abstract finish(callbackUrl: URL, transaction: LoginTransaction): Promise<SignedIn>;
  /** @param before the identity of the session: a refreshed ID token of somebody else is refused. */
  abstract refresh(
    tokens: ProviderTokens,
    before: Pick<ExternalIdentity, 'issuer' | 'subject' | 'key'>,
  ): Promise<{ readonly tokens: ProviderTokens; readonly identity?: ExternalIdentity }>;
  /** Undefined where the provider has no `end_session_endpoint`. */
  abstract endSessionUrl(options: {
    readonly postLogoutRedirectUri: string;
    readonly state?: string;
    readonly idToken?: string;
    readonly loginHint?: string;
  }): Promise<URL | undefined>;
  /** Verifies an ID token handed over by another service (signature, iss, aud, exp, iat at most `maxAgeMs` old, nonce). */
  abstract verifyIdToken(
    idToken: string,
    expected: { readonly nonce?: string; readonly maxAgeMs?: number },
  ): Promise<ExternalIdentity>;
  abstract verifyLogoutToken(logoutToken: string): Promise<LogoutNotice>;
  /** @param addresses what `aud` may be besides the client id: where it was sent to. */
  abstract verifySecurityEvent(token: string, addresses: readonly string[]): Promise<SecurityEvent>;
  abstract verifyBearer(accessToken: string): Promise<BearerIdentity>;
  /** The issuer a front-channel logout must name in `iss`, if it names one. */
  abstract acceptsIssuer(issuer: string): boolean;
}
