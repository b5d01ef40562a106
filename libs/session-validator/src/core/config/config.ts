import type { ActivityReporter } from '../activity/activity.port.js';
import type { RevocationFeed } from '../feed/feed.port.js';
import type { KeySource } from '../keys/key-ring.js';
import type { ReceiptReporter } from '../receipts/receipts.port.js';
import type { Time } from '../time.js';
import type { Freshness } from '../verdict.js';
import type { AccessCookie } from './access-cookie.js';

/** A Redis server, Sentinel or cluster node. */
export interface RedisNode {
  /** Name or address. */
  readonly host: string;
  /** TCP port; Redis has 6379 by custom, Sentinels 26379. */
  readonly port: number;
}

/**
 * Where Redis is and how to be let in: one server (`host`, `port`), the master that Sentinels name (`sentinels`, `name`),
 * or a Redis Cluster (`cluster`). All else about the connections is the validator's affair.
 */
export interface RedisConnection {
  /** Name or address of one server. */
  readonly host?: string | undefined;
  /** Beside `host`. @default 6379 */
  readonly port?: number | undefined;
  /** Of the servers, which know users since Redis 6. @default 'default' */
  readonly username?: string | undefined;
  /** Of the servers. */
  readonly password?: string | undefined;
  /** Clusters have none but 0. @default 0 */
  readonly db?: number | undefined;
  /** Options of `tls.connect`; `{}` for TLS with the defaults. Towards Sentinels too. */
  readonly tls?: Readonly<Record<string, unknown>> | undefined;
  /** Redis Sentinels; `name` says which master. */
  readonly sentinels?: readonly RedisNode[] | undefined;
  /** Name of the master that the Sentinels watch. */
  readonly name?: string | undefined;
  /** Of the Sentinels themselves; they do not take that of the servers they watch. */
  readonly sentinelUsername?: string | undefined;
  /** Of the Sentinels themselves. */
  readonly sentinelPassword?: string | undefined;
  /** Some nodes of a Redis Cluster; they name the others. */
  readonly cluster?: readonly RedisNode[] | undefined;
}

/**
 * What a validator needs to know. Give one source of keys (`trustAnchor`, `jwksUri`, `jwks` or `jwtSecret`) and one
 * source of revocations (`redisUrl`, `redis`, `authUrl` or a `feed`). `{ redisUrl, trustAnchor }` is all a service needs.
 */
export interface SessionValidatorConfig {
  /** `redis://` or `rediss://`, or a bare `host:port`. Carries revocations and key bundles. */
  readonly redisUrl?: string | undefined;
  /** Instead of `redisUrl`: options, for Sentinel, Redis Cluster and client certificates. */
  readonly redis?: RedisConnection | undefined;
  /**
   * Base address of the auth service, for networks without Redis: revocations as server-sent events and the key bundle
   * over HTTP. Ignored when Redis is given.
   */
  readonly authUrl?: string | undefined;
  /** Bearer token for the event stream of `authUrl`. */
  readonly feedToken?: string | undefined;

  /**
   * Public root key: PEM, JWK as JSON, or base64 of its DER. Keys then come in bundles that this key signed. While the root is
   * being changed both: PEM blocks in a row, a JSON list of JWKs, or base64 with a comma between; at most four.
   */
  readonly trustAnchor?: string | undefined;
  /** With `trustAnchor`: a bundle to begin with, for example from a file. Newer ones replace it. */
  readonly keyBundle?: string | undefined;
  /** Address of a JWK Set. Read at the start, each minute, and when a key is unknown. */
  readonly jwksUri?: string | undefined;
  /** With `trustAnchor`: a source of key bundles of your own. Redis and `authUrl` are then not asked for keys. */
  readonly keySource?: KeySource | undefined;
  /** A JWK Set that never changes. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined;
  /** HS256 compatibility: at least 32 bytes. Every service that holds it can mint tokens. */
  readonly jwtSecret?: string | undefined;

  /** Exact `iss`. @default that of the key bundle; required without one */
  readonly issuer?: string | undefined;
  /** What `aud` must contain. @default that of the key bundle; required without one */
  readonly audience?: string | undefined;
  /** Clock difference to forgive on `exp`, `nbf` and `iat`, in seconds, at most 60. @default 30 */
  readonly clockToleranceSeconds?: number | undefined;
  /** Longest `exp - iat` to accept, in seconds. @default that of the key bundle; 900 without one */
  readonly maxTokenSeconds?: number | undefined;
  /**
   * A cookie in which browsers may send the token, beside the Authorization header: what the doors look for.
   *
   * @default none: cookies are not looked at
   */
  readonly accessCookie?: AccessCookie | undefined;
  /** Policy for routes that set none. @default 'open' */
  readonly freshness?: Freshness | undefined;
  /** `'none'` opts out of revocation: tokens then live to their `exp`. Or a feed of your own. */
  readonly feed?: 'none' | RevocationFeed | undefined;
  /**
   * Tells the auth service once a second how far the list has come, so that it can say who has applied a revocation. Goes
   * where the feed comes from: over Redis it takes the right to `XADD` to `rev:receipts`. `false` turns it off; with a feed
   * of your own it is off, unless you give a reporter.
   *
   * @default on
   */
  readonly receipts?: false | ReceiptReporter | undefined;
  /**
   * Counts the requests of each session and reports them every five seconds, so that people see how and from where their sessions
   * are used, and sessions in use do not end as idle. Goes where the feed comes from: over Redis it takes the right to `XADD` to
   * `rev:activity`. `false` turns it off; with a feed of your own it is off, unless you give a reporter.
   *
   * @default on
   */
  readonly activity?: false | ActivityReporter | undefined;
  /** What receipts call this service, for example `orders`. Told to whoever asks about a revocation of theirs. */
  readonly serviceName?: string | undefined;
  /** What receipts call this process. Told to administrators. @default the host's name */
  readonly instanceName?: string | undefined;
  /** Memory for verified tokens, in bytes; 0 verifies each signature each time. @default 16 MiB */
  readonly tokenCacheBytes?: number | undefined;
  /** A span for each decision, when `@opentelemetry/api` is installed and a tracer provider registered. @default true */
  readonly tracing?: boolean | undefined;
  /** Hears what an operator should know. Messages hold no secret. @default process.emitWarning */
  readonly warn?: ((message: string) => void) | undefined;
  /** For tests. */
  readonly time?: Time | undefined;
}

export const DEFAULT_CLOCK_TOLERANCE_SECONDS = 30;
export const DEFAULT_MAX_TOKEN_SECONDS = 900;
export const DEFAULT_TOKEN_CACHE_BYTES = 16 * 1024 * 1024;

/** Every fault of a configuration at once, by name. Holds no value: values are secrets often enough. */
export class InvalidConfiguration extends Error {
  /** Always `InvalidConfiguration`. */
  override readonly name = 'InvalidConfiguration';

  constructor(
    /** One sentence each: the option, its variable, and what is wrong. Never a value. */
    readonly faults: readonly string[],
  ) {
    super(`session-validator cannot start:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}
