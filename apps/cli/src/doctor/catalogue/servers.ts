import { danger, warning, type CatalogueEntry } from './entry.js';

/** What can be found of the feed, clocks, the auth service and the database. */
export const SERVERS = {
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
} as const satisfies Record<string, CatalogueEntry>;
