import type { Clock } from '@gatehouse/kernel';
import type { Logger, Metrics } from '@gatehouse/observability';
import type { OidcClient } from '@gatehouse/oidc';
import type { RedisConnection } from '@gatehouse/redis';
import type { SessionValidator } from '@gatehouse/session-validator';
import type { AuthService } from '../auth-service/auth-service.port.js';
import type { GatewaySettings } from '../config/gateway-settings.js';
import { MemoryPendingLogins } from './adapters/memory-pending-logins.js';
import { MemorySessionStore } from './adapters/memory-session-store.js';
import { registerStoreFigures } from './adapters/redis-figures.js';
import { RedisPendingLogins } from './adapters/redis-pending-logins.js';
import { RedisSessionStore } from './adapters/redis-session-store.js';
import { warnOfEviction } from './adapters/warn-of-eviction.js';
import { EndSession } from './end-session.js';
import type { GatewaySessions } from './gateway-session.js';
import { LiveSessions } from './live-sessions.js';
import { OpenSession } from './open-session.js';
import type { PendingLogins } from './pending-logins.port.js';
import { RefreshProviderTokens } from './refresh/refresh-provider-tokens.js';
import { RefreshTokens } from './refresh/refresh-tokens.js';
import { SessionVault } from './refresh/session-vault.js';
import { LoginSeals } from './sealing/login-seals.js';
import { SealingKeys } from './sealing/sealing-keys.js';
import { TokenSeals } from './sealing/token-seals.js';
import { SessionCache } from './session-cache.js';
import { SessionCookie } from './session-cookie.js';
import { sessionFigures } from './session-figures.js';
import type { SessionStore } from './session-store.port.js';
import { SessionWatch } from './session-watch.js';

export interface SessionsParts {
  readonly settings: {
    readonly session: Pick<
      GatewaySettings['session'],
      'keys' | 'idleMs' | 'absoluteMs' | 'refreshWindowMs' | 'cookieName' | 'remember' | 'prefix'
    >;
    readonly server: Pick<GatewaySettings['server'], 'publicUrl'>;
  };
  /** `undefined` keeps sessions in memory. Closed by whoever opened it, after {@link BuiltSessions.close}. */
  readonly redis: RedisConnection | undefined;
  readonly auth: AuthService;
  readonly validator: Pick<SessionValidator, 'decide' | 'validateAccessToken' | 'watch' | 'onRevoked'>;
  readonly providers: (name: string) => OidcClient | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

export interface BuiltSessions {
  readonly sessions: GatewaySessions;
  readonly pendingLogins: PendingLogins;
  readonly store: SessionStore;
  /** Lets renewals that are under way be written down, for at most as long as one may take. */
  close(): Promise<void>;
}

/** Puts the sessions room together. */
export function buildSessions(parts: SessionsParts): BuiltSessions {
  const { auth, clock, logger, metrics, providers, redis, settings, validator } = parts;
  const { absoluteMs, cookieName, idleMs, keys, prefix, refreshWindowMs, remember } = settings.session;
  const sealing = new SealingKeys(keys);
  const seals = new TokenSeals(sealing);
  const store = redis ? new RedisSessionStore(redis, idleMs, prefix) : new MemorySessionStore(clock, idleMs);
  const pendingLogins = redis
    ? new RedisPendingLogins(redis, new LoginSeals(sealing), prefix)
    : new MemoryPendingLogins(clock);
  if (redis) {
    registerStoreFigures(metrics, redis);
    warnOfEviction(redis, logger);
  }
  const figures = sessionFigures(metrics, store);

  const cookie = new SessionCookie(cookieName, settings.server.publicUrl);
  const cache = new SessionCache();
  const watch = new SessionWatch(validator, cache);
  const vault = new SessionVault(store, seals, cache, clock);
  const ending = new EndSession({ auth, store, cache, watch, logger, ended: (reason) => figures.ended(reason) });
  const opening = new OpenSession(
    { auth, store, seals, cache, cookie, validator, clock, logger, opened: () => figures.opened() },
    { absoluteMs, remember },
  );
  const refresh = new RefreshTokens({
    ...{ store, vault, auth, clock, logger },
    end: (sid, reason) => ending.here(sid, reason),
    count: (result) => figures.renewed('auth', result),
  });
  const providerRefresh = new RefreshProviderTokens({
    ...{ store, vault, providers, clock, logger },
    end: (session, reason) => ending.run(session, reason),
    takeOverRoles: (said) => auth.takeOverRoles(said),
    count: (result) => figures.renewed('provider', result),
  });
  // Only what is at hand: at its start a validator reads the whole list, most of which never was a session here. A session
  // that another gateway had at hand is removed there, or at its next use.
  const stopListening = validator.onRevoked(({ scope, value }) => {
    if (scope === 'sid' && cache.get(value)) void ending.here(value, 'SESSION_REVOKED');
  });
  const sessions = new LiveSessions(
    { cookie, store, vault, cache, validator, auth, refresh, providerRefresh, opening, ending, watch, clock, logger },
    { refreshWindowMs, idleMs },
  );
  return {
    sessions,
    pendingLogins,
    store,
    close: async () => {
      stopListening();
      await Promise.all([refresh.settled(), providerRefresh.settled()]);
    },
  };
}
