import type { TracingSettings } from '@gatehouse/observability';
import type { ProviderSettings } from '@gatehouse/oidc';
import type { RedisSettings } from '@gatehouse/redis';
import type { SessionValidatorConfig } from '@gatehouse/session-validator';
import type { PathRules } from '../paths/canonical-path.js';
import type { RouteTable } from '../routes/route.js';

export interface UpstreamSettings {
  readonly name: string;
  /** Origins, `http://host:port`, without a path. */
  readonly targets: readonly URL[];
  readonly balance: 'least-requests' | 'round-robin';
  readonly maxConnectionsPerTarget: number;
  /** How long a connection is kept that nobody uses. */
  readonly keepAliveMs: number;
  readonly health?: {
    readonly path: string;
    readonly everyMs: number;
    readonly timeoutMs: number;
    /** Checks in a row until a target is out, and in again. */
    readonly unhealthyAfter: number;
    readonly healthyAfter: number;
  };
  /** Passive: failures in a row until a target is left out for `forMs`. At most half of the targets at a time. */
  readonly ejection: { readonly failures: number; readonly forMs: number };
  readonly breaker: { readonly failures: number; readonly openMs: number };
}

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** What may change while the gateway runs; read, checked and swapped in as a whole. */
export interface Routing {
  readonly table: RouteTable;
  readonly upstreams: readonly UpstreamSettings[];
}

/** The gateway's file, checked. Durations in milliseconds, sizes in bytes. */
export interface GatewaySettings {
  readonly server: {
    readonly host: string;
    readonly port: number;
    /** Our own origin as browsers see it. */
    readonly publicUrl: URL;
    readonly trustedProxies: readonly string[];
    readonly headerLimitBytes: number;
    readonly paths: PathRules;
    /** See `LoginLimits`. */
    readonly logins: { readonly perNetwork: number; readonly inAll: number };
    /** How long `/ready` says no before connections are closed. */
    readonly drainDelayMs: number;
    readonly drainDeadlineMs: number;
  };
  readonly auth: {
    /** Base of the auth service, `http://auth:8080`. */
    readonly url: URL;
    /** Service account with the scope `federation`. */
    readonly clientId: string;
    readonly clientSecret: string;
    /** `iss` and `aud` of the access tokens. */
    readonly issuer: string;
    readonly audience: string;
    readonly timeoutMs: number;
    /** How the embedded validator gets keys and revocations. Without `serviceName` and `warn`: the composition root adds them. */
    readonly validator: SessionValidatorConfig;
  };
  readonly defaultProvider: string | undefined;
  readonly providers: ReadonlyMap<string, ProviderSettings>;
  readonly session: {
    readonly store: 'memory' | 'redis';
    /** There where `store` is `redis`. */
    readonly redis?: RedisSettings;
    /** Key-encryption keys, newest first, 32 bytes each. */
    readonly keys: readonly Uint8Array[];
    readonly idleMs: number;
    readonly absoluteMs: number;
    /** How long before its end an access token is renewed. */
    readonly refreshWindowMs: number;
    readonly cookieName: string;
    /** Whether the cookie outlives the browser. */
    readonly remember: boolean;
    /** What every key in Redis begins with. */
    readonly prefix: string;
  };
  readonly forwardAuth: { readonly enabled: boolean };
  readonly production: boolean;
  readonly logLevel: LogLevel;
  /** Absent: no traces. */
  readonly tracing?: TracingSettings;
  /** Who may ask for `/metrics`; others get 404. */
  readonly insideNetworks: readonly string[];
  readonly routing: Routing;
}
