/**
 * `danger`: ended sessions may be accepted, or everybody is locked out; refuse to run like this. `warning`: works, and will
 * hurt one day. `note`: worth knowing.
 */
export type Severity = 'danger' | 'warning' | 'note';

interface Entry {
  readonly severity: Severity;
  readonly meaning: string;
  readonly cure: string;
}

const danger = (meaning: string, cure: string): Entry => ({ severity: 'danger', meaning, cure });
const warning = (meaning: string, cure: string): Entry => ({ severity: 'warning', meaning, cure });
const note = (meaning: string, cure: string): Entry => ({ severity: 'note', meaning, cure });

/** Everything `doctor` can find. Codes are stable; sentences are not. */
export const CATALOGUE = {
  CONFIG_INVALID: danger('A service with this environment does not start.', 'Correct the variable.'),
  NOTHING_CONFIGURED: danger(
    'Neither Redis nor the auth service is named, so no revocation can reach a service.',
    'Set REDIS_URL, or AUTH_URL where there is no Redis.',
  ),
  CHECK_FAILED: warning('This check could not be made.', 'Run the doctor again; look at the server’s own log.'),

  TTL_ORDER: danger(
    'A token or session outlives what it depends on.',
    'Keep ACCESS_TOKEN_EXPIRY below SESSION_TTL, and SESSION_TTL no longer than REFRESH_TOKEN_EXPIRY.',
  ),
  ACCESS_TOKEN_LONG: warning(
    'Access tokens live longer than an hour: that long a stolen one works where revocations cannot be read, and the feed grows.',
    'Set ACCESS_TOKEN_EXPIRY to 15m.',
  ),
  TRUSTED_PROXIES_MISSING: warning(
    'No proxy is trusted: behind one, every request counts as the proxy’s, and rate limits hit everybody at once.',
    'Set TRUSTED_PROXIES on the auth service to the addresses of your load balancer.',
  ),
  TRUSTED_PROXIES_TOO_WIDE: danger(
    'Whoever comes from a trusted network may claim any address: rate limits and the audit log can be fooled.',
    'Name the load balancer’s own addresses in TRUSTED_PROXIES, not whole networks.',
  ),

  TRUST_ANCHOR_MISSING: danger(
    'Nothing says whose tokens are to be believed.',
    'Set AUTH_TRUST_ANCHOR to the public root key that `npm run keys:new` printed.',
  ),
  SHARED_SECRET: warning(
    'Tokens are checked with JWT_SECRET: every service that holds it can mint tokens for anybody.',
    'Set AUTH_TRUST_ANCHOR instead, and TOKEN_ALGORITHM=ES256 on the auth service.',
  ),
  JWKS_PLAINTEXT: danger(
    'Keys are read over plain http: whoever answers in its place can mint tokens.',
    'Use https in JWKS_URI, or AUTH_TRUST_ANCHOR.',
  ),
  KEY_BUNDLE_MISSING: danger(
    'There is no key bundle where services read it: a service that starts now accepts nobody.',
    'Start the auth service against the same Redis; check ROOT_SIGNING_KEY there.',
  ),
  KEY_BUNDLE_REFUSED: danger(
    'The key bundle in force is not one that AUTH_TRUST_ANCHOR vouches for: services refuse every token, or somebody has put it there.',
    'Compare AUTH_TRUST_ANCHOR with the root key of the auth service. If they belong together, find out who wrote the bundle.',
  ),
  KEY_BUNDLE_OUTDATED: danger(
    'Services read an older key bundle than the auth service has: tokens under the newest key are refused.',
    'Check that auth service and services name the same Redis.',
  ),
  KEY_BUNDLE_EXPIRED: danger(
    'The key bundle says that it is over, or that it was made in the future.',
    'Check the clocks, and that the auth service is running.',
  ),
  TOKEN_LIFE_DIFFERS: warning(
    'ACCESS_TOKEN_EXPIRY here is not what the key bundle says.',
    'Give every instance of the auth service the same value.',
  ),

  REDIS_UNREACHABLE: danger(
    'Redis does not answer. Services enforce the last list they have; one that starts now accepts nobody.',
    'Check the address, the network policy and that Redis runs.',
  ),
  REDIS_AUTH_REFUSED: danger(
    'Redis refuses the credentials.',
    'Check REDIS_PASSWORD and the user in REDIS_URL against the server’s ACL.',
  ),
  REDIS_TLS_FAILED: danger(
    'No TLS connection to Redis comes about.',
    'Use rediss:// only where the server speaks TLS; check its certificate and NODE_EXTRA_CA_CERTS.',
  ),
  REDIS_VERSION_OLD: danger(
    'This Redis does not know what the feed needs (XADD with MINID, 6.2).',
    'Run Redis 7 or newer.',
  ),
  REDIS_EVICTS: danger(
    'Under memory pressure Redis drops revocations and sessions: signed-out tokens work again.',
    'Set maxmemory-policy noeviction. Keep caches that may be evicted in another Redis.',
  ),
  REDIS_EVICTION_UNKNOWN: warning(
    'Redis does not say which keys it drops when memory runs out.',
    'Allow CONFIG GET for this user, or look it up: it must be noeviction.',
  ),
  REDIS_HAS_EVICTED: danger(
    'Redis has dropped keys because memory ran out; some of them may have been revocations.',
    'Set maxmemory-policy noeviction, give it more memory, and restart the auth service so that the feed is filled again.',
  ),
  REDIS_MEMORY_HIGH: warning(
    'Redis is more than 70 % full; when it is full it refuses writes, and nobody can sign in.',
    'Raise maxmemory, or find out what fills it.',
  ),
  REDIS_MEMORY_UNBOUNDED: note(
    'Redis has no memory limit of its own; the system ends it when memory runs out.',
    'Set maxmemory to about two thirds of what it may use.',
  ),
  REDIS_NOT_DURABLE: danger(
    'Redis keeps nothing across a restart: every session is lost, and with the database away revocations too.',
    'Set appendonly yes and appendfsync everysec.',
  ),
  REDIS_SNAPSHOTS_ONLY: warning(
    'Redis keeps snapshots only: a crash loses the sessions and revocations of the last minutes.',
    'Set appendonly yes and appendfsync everysec.',
  ),
  REDIS_FSYNC_NEVER: warning(
    'Redis leaves it to the system when to write its log to disk: a crash may lose half a minute.',
    'Set appendfsync everysec.',
  ),
  REDIS_SAVING_FAILS: danger(
    'Redis cannot write to its disk. It soon refuses all writes, or loses them.',
    'Look at the server’s log and at the space left on its volume.',
  ),
  REDIS_PERSISTENCE_UNKNOWN: warning(
    'Redis does not say what it keeps across a restart.',
    'Allow INFO and CONFIG GET for this user.',
  ),
  REDIS_NO_REPLICA: warning(
    'There is one Redis and no replica: while it is gone nobody can sign in or refresh.',
    'Run a replica with Sentinel, a cluster, or a managed Redis.',
  ),
  REDIS_SPLIT_SERVERS: danger(
    'One address leads to several servers that do not share their data: what is revoked on one is accepted by readers of another.',
    'Have one primary behind the address, with replicas that follow it (Sentinel or cluster), not a plain Service over independent servers.',
  ),
  REDIS_IS_REPLICA: danger(
    'The address leads to a read-only replica: no revocation can be written there.',
    'Name the primary, or REDIS_SENTINELS so that it is found.',
  ),
  REDIS_REPLICA_LAGS: warning(
    'A replica has not got what was just written. A failover to it would lose revocations until they are written anew.',
    'Check the replication link; set min-replicas-to-write 1 and min-replicas-max-lag 2.',
  ),
  REDIS_REPLICA_UNSEEN: note(
    'A replica cannot be reached from here, so whether it follows was not seen.',
    'Run the doctor from a place that reaches all servers.',
  ),
  REDIS_WRITE_UNREAD: danger(
    'What is written here is not read there: services look at another server or database than the auth service writes to.',
    'Compare REDIS_URL and REDIS_DB of the auth service with those of the services.',
  ),
  REDIS_NOTICE_UNHEARD: warning(
    'Messages do not arrive: a revocation reaches services after two seconds instead of milliseconds.',
    'Check that pub/sub goes through whatever lies between, and that the ACL allows the channels.',
  ),
  REDIS_WRITE_UNTRIED: note(
    'This user may not write, which is right for a service. That its reads follow the writes was not tried.',
    'Run the doctor with the environment of the auth service as well.',
  ),
  REDIS_ACL_DENIES: danger(
    'The user lacks a right the service needs.',
    'Allow it in the ACL: services need +get +xrange +subscribe on rev:* and on the channels token_invalidation and key_bundle.',
  ),
  REDIS_NO_PASSWORD: danger(
    'Whoever reaches this Redis can delete revocations and read sessions.',
    'Set requirepass or ACL users, and REDIS_PASSWORD.',
  ),
  REDIS_PLAINTEXT: warning(
    'The connection to Redis is not encrypted: password and sessions can be read on the way.',
    'Turn TLS on and use rediss://.',
  ),
  REDIS_OPEN_ON_LOOPBACK: note('Redis on this machine has no password.', 'Fine for development.'),

  FEED_EMPTY: danger(
    'The feed has no record: no auth service has ever written here, and services accept nobody.',
    'Start the auth service against this Redis.',
  ),
  FEED_SILENT: danger(
    'No auth service proves the feed alive: routes with bounded or closed freshness answer 503, and new revocations may not come.',
    'Check that an auth service runs against this Redis and reaches its database.',
  ),
  FEED_TRIMMED_EARLY: danger(
    'The feed has lost records that still matter: a service that starts now does not know them.',
    'Check that every auth service has the same ACCESS_TOKEN_EXPIRY and nothing else trims rev:log.',
  ),
  FEED_NOT_TRIMMED: warning(
    'The feed keeps records long after their tokens have expired; memory and start-up time grow.',
    'Check that nothing but the auth service writes to rev:log.',
  ),

  CLOCK_SKEW: danger(
    'Clocks differ by more than services forgive: good tokens are refused, or expired ones accepted.',
    'Run a time service (chrony, systemd-timesyncd) on both machines.',
  ),
  CLOCK_DRIFT: warning(
    'Clocks differ by more than a second; the tolerance is used up by the machines themselves.',
    'Run a time service (chrony, systemd-timesyncd) on both machines.',
  ),

  AUTH_UNREACHABLE: warning(
    'The auth service does not answer. Services go on validating; nobody can sign in or refresh.',
    'Check AUTH_URL and that the service runs.',
  ),
  AUTH_FEED_UNREACHABLE: danger(
    'The auth service does not answer, and there is no Redis: services get no keys and no revocations.',
    'Check AUTH_URL and that the service runs.',
  ),
  AUTH_DEGRADED: warning('The auth service answers and says that it is degraded.', 'Look at its /ready.'),
  AUTH_PLAINTEXT: warning(
    'The auth service is reached over plain http.',
    'Use https in AUTH_URL, or keep it inside one machine.',
  ),

  DATABASE_UNREACHABLE: danger(
    'The database does not answer: nobody can sign in, and revocations are kept in Redis alone.',
    'Check DATABASE_URL, the network and that the server runs.',
  ),
  DATABASE_AUTH_REFUSED: danger('The database refuses the credentials.', 'Check user and password in DATABASE_URL.'),
  DATABASE_NOT_MIGRATED: danger(
    'The database has no table of revocations: it is another one, or no auth service has ever started on it.',
    'Check the name of the database; start the auth service, which makes its tables.',
  ),
  OUTBOX_BACKLOG: danger(
    'Revocations that were acknowledged stay behind in the database: nobody brings them into the feed.',
    'Check that an auth service runs and reaches both database and Redis.',
  ),
  DATABASE_PLAINTEXT: warning(
    'The connection to the database is not encrypted.',
    'Add ?ssl=true to DATABASE_URL, or DB_SSL=true.',
  ),

  MANIFEST_NOT_KEPT: danger(
    'Redis’ data folder is not on a volume that outlives the pod: a restart loses every session.',
    'Mount a persistent volume at the data folder.',
  ),
  MANIFEST_SERVICE_MISSING: warning(
    'The StatefulSet names a headless Service that is not here: its pods get no names of their own, and no replica can find its primary.',
    'Add a Service with clusterIP: None under that name.',
  ),
  MANIFEST_EXPOSED: danger(
    'Redis is reachable from outside the cluster or machine.',
    'Use a ClusterIP Service, and no host port but on 127.0.0.1.',
  ),
  MANIFEST_PASSWORD_IN_ARGUMENTS: warning(
    'The password stands in the command line, where every process list on its machine shows it.',
    'Put it into a configuration file made from a Secret, or use aclfile.',
  ),
  MANIFEST_PASSWORD_IN_CLEAR: danger(
    'The password is written out in the manifest.',
    'Take it from a Secret that is not in version control, and change it.',
  ),
  MANIFEST_MEMORY_TIGHT: warning(
    'maxmemory leaves too little below the container’s limit: saving copies pages, and the system then ends Redis.',
    'Keep maxmemory at two thirds of the memory limit or less.',
  ),
  MANIFEST_MEMORY_UNBOUNDED: warning(
    'The container has a memory limit and Redis has none: it is killed instead of refusing writes.',
    'Set maxmemory to about two thirds of the limit.',
  ),
  MANIFEST_NO_PROBES: warning(
    'Nothing tells whether Redis answers before clients are sent to it.',
    'Add readiness and liveness probes that run redis-cli ping.',
  ),
} as const satisfies Record<string, Entry>;

export type FindingCode = keyof typeof CATALOGUE;
