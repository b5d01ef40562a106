import { danger, warning, type CatalogueEntry } from './entry.js';

/** What can be found of the environment and of keys. */
export const SETTINGS = {
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
} as const satisfies Record<string, CatalogueEntry>;
