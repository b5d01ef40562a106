import { danger, note, warning, type CatalogueEntry } from './entry.js';

/** What can be found of Redis. */
export const REDIS = {
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
  REDIS_NOTICE_UNTRIED: note(
    'This user may use no channels but those of the feed, which is right for a service. That messages arrive was not tried.',
    'Run the doctor with the environment of the auth service as well.',
  ),
  REDIS_WRITE_UNTRIED: note(
    'This user may not write, which is right for a service. That its reads follow the writes was not tried.',
    'Run the doctor with the environment of the auth service as well.',
  ),
  REDIS_ACL_DENIES: danger(
    'The user lacks a right the service needs.',
    'Allow it in the ACL. Services need +xrange, +get and +subscribe on rev:* and both channels, and +xadd on rev:receipts and rev:activity unless RECEIPTS_ENABLED=false and ACTIVITY_ENABLED=false.',
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
} as const satisfies Record<string, CatalogueEntry>;
