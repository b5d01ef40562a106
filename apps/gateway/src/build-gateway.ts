import { SystemClock } from '@gatehouse/kernel';
import { type Drain, startTelemetry } from '@gatehouse/nest-kit';
import { type Logger, Metrics } from '@gatehouse/observability';
import { createOidcClient, type OidcClient } from '@gatehouse/oidc';
import { connectRedis } from '@gatehouse/redis';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { HttpAuthService } from './auth-service/adapters/http-auth-service.js';
import { buildFront } from './build-front.js';
import type { GatewaySettings, Routing } from './config/gateway-settings.js';
import { GatewayReadiness } from './health/gateway-readiness.js';
import { loginLimiter } from './login/login-limiter.js';
import { UndiciForwarder } from './proxy/undici-forwarder.js';
import { buildSessions } from './sessions/build-sessions.js';

export interface BuiltGateway {
  /** Not listening yet. */
  readonly app: NestFastifyApplication;
  readonly drain: Drain;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly validator: SessionValidator;
  /** Puts other routes and upstreams in force. */
  readonly swap: (routing: Routing) => Promise<void>;
}

/** The composition root. Waits for nothing: Redis, the auth service, providers and upstreams may all be away. */
export async function buildGateway(
  settings: GatewaySettings,
  overrides: { logger?: Logger } = {},
): Promise<BuiltGateway> {
  const { logger, tracing } = await startTelemetry({
    ...{ service: 'gateway', level: settings.logLevel, tracing: settings.tracing, logger: overrides.logger },
  });
  const clock = new SystemClock();
  const metrics = new Metrics('gateway');
  const validator = createSessionValidator({
    ...settings.auth.validator,
    serviceName: 'gateway',
    warn: (message) => logger.warn('session validator', { warning: message }),
  });
  metrics.include(() => validator.metricsText());

  const redis = settings.session.redis
    ? connectRedis(settings.session.redis, {
        name: 'gateway-sessions',
        onStatus: (status, error) =>
          status === 'up' ? logger.info('session store is up') : logger.warn('session store is away', { error }),
      })
    : undefined;
  const auth = new HttpAuthService(settings.auth, clock, logger, tracing);
  const providers = clientsOf(settings, logger);
  const rooms = buildSessions({
    ...{ settings, redis, auth, validator, clock, logger, metrics },
    providers: (name) => providers.get(name),
  });
  const { drainDeadlineMs } = settings.server;
  const { app, drain, swap } = await buildFront(settings, {
    ...{ clock, logger, metrics, tracing, providers, sessions: rooms.sessions, pending: rooms.pendingLogins },
    limiter: loginLimiter(redis, settings.session.prefix, logger),
    forwarder: new UndiciForwarder({ logger, metrics, clock, drainDeadlineMs }),
    readiness: new GatewayReadiness(validator, () => rooms.store.checkReadWrite()),
    close: async () => {
      await rooms.close();
      await Promise.all([validator.close(), auth.close()]);
      redis?.disconnect();
      await tracing?.close();
    },
  });
  return { app, drain, logger, metrics, validator, swap };
}

function clientsOf({ providers }: GatewaySettings, logger: Logger): Map<string, OidcClient> {
  const onWarning = (warning: object) => logger.warn('identity provider', { ...warning });
  return new Map([...providers].map(([name, one]) => [name, createOidcClient(name, one, { onWarning })]));
}
