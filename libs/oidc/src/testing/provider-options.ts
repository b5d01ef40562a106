import type { SigningAlgorithm } from './signing-keys.js';

/** Tenant the scripted provider calls its own where none is given. */
export const HOME_TENANT = '11111111-1111-4111-8111-111111111111';
/** Application id of Microsoft Graph: the audience of the access tokens Entra gives where no API of ours is asked for. */
export const GRAPH_AUDIENCE = '00000003-0000-0000-c000-000000000000';

/** How clients prove at the token endpoint who they are. */
export type ClientAuthentication =
  | { readonly method: 'client_secret_post' | 'client_secret_basic' | 'none' }
  | {
      readonly method: 'private_key_jwt';
      /** Key of the client, SPKI or X.509 in PEM form. With a certificate its thumbprint must stand in the header (`x5t` or `x5t#S256`). */
      readonly publicPem: string;
    }
  /** A token of the provider's own workload issuer, as `issueFederatedAssertion()` gives. */
  | { readonly method: 'federated' };

export interface ScriptedProviderOptions {
  /**
   * `entra`: authority with a tenant in the path, templated issuer under `common`, `organizations` and `consumers`, `oid`,
   * `tid`, `ver`, JWKs with `issuer`, no `iss` at the callback. `generic`: issuer is the origin, `iss` at the callback (RFC 9207).
   *
   * @default 'generic'
   */
  readonly kind?: 'entra' | 'generic';
  /** @default {@link HOME_TENANT} */
  readonly tenantId?: string;
  /** @default 'gatehouse-client', or a fixed GUID where `kind` is `entra` */
  readonly clientId?: string;
  /** @default a fixed one of 32 characters */
  readonly clientSecret?: string;
  /** @default `{ method: 'client_secret_post' }` */
  readonly clientAuthentication?: ClientAuthentication;
  /** Exact. Any is taken where none are given. */
  readonly redirectUris?: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  /** `if-sent` lets clients through that know no PKCE. @default 'required' */
  readonly pkce?: 'required' | 'if-sent';
  /**
   * `keep`: the same refresh token for ever. `replace`: a new one each time, the old one stays good (Entra). `strict`: a
   * new one each time, and an old one presented again ends the whole family.
   *
   * @default 'replace'
   */
  readonly refreshTokens?: 'keep' | 'replace' | 'strict';
  /** Seconds. @default 3600 */
  readonly tokenLifeSeconds?: number;
  /** @default 'RS256' */
  readonly alg?: SigningAlgorithm;
  /** Groups beyond this many are not put in a token (`_claim_names`, Entra-shaped only). @default 200 */
  readonly groupsInToken?: number;
  /** Groups per page of the Graph answers. @default 2 */
  readonly graphPageSize?: number;
  /** PEM. Serves https instead of http. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** @default 0: any free one */
  readonly port?: number;
  readonly clock?: { nowMs(): number };
}

/** The options with each default in its place. */
export interface Script extends Required<
  Omit<ScriptedProviderOptions, 'tls' | 'clock' | 'redirectUris' | 'postLogoutRedirectUris'>
> {
  readonly redirectUris?: readonly string[];
  readonly postLogoutRedirectUris?: readonly string[];
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly nowMs: () => number;
}

export function scriptOf({ clock, ...given }: ScriptedProviderOptions): Script {
  const kind = given.kind ?? 'generic';
  return {
    kind,
    tenantId: HOME_TENANT,
    clientId: kind === 'entra' ? '99999999-9999-4999-8999-999999999999' : 'gatehouse-client',
    clientSecret: 'scripted-client-secret-of-a-test',
    clientAuthentication: { method: 'client_secret_post' },
    pkce: 'required',
    refreshTokens: 'replace',
    tokenLifeSeconds: 3_600,
    alg: 'RS256',
    groupsInToken: 200,
    graphPageSize: 2,
    port: 0,
    nowMs: clock ? () => clock.nowMs() : () => Date.now(),
    ...given,
  };
}
