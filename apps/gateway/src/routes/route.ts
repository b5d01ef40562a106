/** Who may pass. Roles are those of the auth service's access token, not the provider's: they take effect at once. */
export type RouteAccess =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'session';
      readonly anyRole: readonly string[];
      readonly allRoles: readonly string[];
      /** Milliseconds since the person proved who they are; older is asked to sign in again. */
      readonly maxAuthAgeMs?: number;
      readonly acr?: string;
    };

/** What the upstream is told about the person. `token`: `Authorization: Bearer <access token of the auth service>`. */
export type RouteIdentity =
  | { readonly kind: 'token' }
  /** `X-Auth-User`, `X-Auth-Roles`, `X-Auth-Session` for upstreams that can only be reached through the gateway. */
  | { readonly kind: 'headers' }
  /** The provider's own access token, where its audience is `audience`. Never one for Microsoft Graph. */
  | { readonly kind: 'provider-token'; readonly audience: string }
  | { readonly kind: 'none' };

export interface Route {
  /** `GET /api/orders/**`: what people read in logs, metrics and `gateway explain`. Unique. */
  readonly id: string;
  readonly upstream: string;
  readonly stripPrefix?: string;
  readonly access: RouteAccess;
  readonly identity: RouteIdentity;
  /** Whether `Authorization: Bearer` of the client is passed on untouched (the upstream checks it) where no cookie is sent. */
  readonly acceptBearer: boolean;
  /** Whether unsafe methods with a cookie must prove that they come from our own pages. */
  readonly csrf: boolean;
  readonly webSocket: boolean;
  /** Origins besides our own that may open a WebSocket. */
  readonly webSocketOrigins: readonly string[];
  readonly timeouts: {
    readonly connectMs: number;
    /** Until the first byte of the answer. */
    readonly headersMs: number;
    /** Between two pieces of a body, in either direction; 0: no limit. */
    readonly idleMs: number;
  };
  readonly bodyLimitBytes: number;
  /** Attempts beyond the first; idempotent methods without a body only. */
  readonly retries: number;
  /** While the session store is away: refuse, or trust a decision of at most `staleMs` ago. */
  readonly onStoreDown: { readonly kind: 'deny' } | { readonly kind: 'stale'; readonly staleMs: number };
  /** Name of the provider a page is sent to; the default one where absent. */
  readonly provider?: string;
}

export type RouteMatch =
  | { readonly kind: 'matched'; readonly route: Route }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' };

/** Immutable; a new file makes a new table, swapped in whole. */
export interface RouteTable {
  /** @param path canonical (see `canonicalPath`), without the query. */
  match(method: string, path: string): RouteMatch;
  readonly routes: readonly Route[];
}
