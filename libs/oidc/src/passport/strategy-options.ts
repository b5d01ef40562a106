import type { OidcClient } from '../client/oidc-client.port.js';
import type { ClientCredential } from '../provider/provider-settings.js';
import type { TransactionStore } from './transaction-store.port.js';

interface SharedOptions {
  /** `https://login.microsoftonline.com/<tenant>/v2.0/.well-known/openid-configuration`, or that of a national cloud. */
  readonly identityMetadata?: string;
  readonly clientID?: string;
  /** Issuers to accept, `https://login.microsoftonline.com/<tenant id>/v2.0`: another way to write `allowedTenants`. */
  readonly issuer?: string | readonly string[];
  /** GUIDs. Needed where `identityMetadata` names `common` or `organizations`. */
  readonly allowedTenants?: readonly string[];
  /** Only `true`, which is also the default. */
  readonly validateIssuer?: boolean;
  /** Passes the request to the verify callback first. @default false */
  readonly passReqToCallback?: boolean;
  /** Plain http and loopback addresses of the provider: development only. @default false */
  readonly allowInsecure?: boolean;
  /** A client made by `createOidcClient`, in place of everything above but `passReqToCallback`. */
  readonly client?: OidcClient;
  /** Taken and without effect: there is no logging here. */
  readonly loggingLevel?: unknown;
  readonly loggingNoPII?: unknown;
}

/** Options of the strategy `azure-ad`. */
export interface AzureAdOptions extends SharedOptions {
  /** Registered at Entra, https except on loopback. */
  readonly redirectUrl: string;
  readonly clientSecret?: string;
  /** In place of `clientSecret`: a certificate, a key or a federated token file. */
  readonly credential?: ClientCredential;
  /** `openid` is added. @default 'profile email' */
  readonly scope?: string | readonly string[];
  /** Only `code`. */
  readonly responseType?: string;
  /** Only `query`. */
  readonly responseMode?: string;
  /** Seals the cookie that binds a sign-in to its browser; at least 32 bytes, the same on each instance. */
  readonly cookieSecret?: string;
  /** In place of the sealed cookie. */
  readonly transactions?: TransactionStore;
}

/** Options of the strategy `azure-ad-bearer`. */
export interface AzureAdBearerOptions extends SharedOptions {
  /** What `aud` may be besides the client id, such as `api://<client id>`. */
  readonly audience?: string | readonly string[];
  /** Whether a token may be made out to several APIs. @default false */
  readonly allowMultiAudiencesInToken?: boolean;
  /** Scopes of which one must be in `scp`. @default any */
  readonly scope?: string | readonly string[];
}

/** What `passport.authenticate('azure-ad', …)` may be given for one sign-in. */
export interface AzureAdLoginOptions {
  readonly prompt?: 'login' | 'select_account' | 'consent' | 'none';
  readonly login_hint?: string;
  /** Seconds since the person last proved who they are; more are refused. */
  readonly maxAge?: number;
}
