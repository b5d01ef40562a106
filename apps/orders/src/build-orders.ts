import { SystemClock } from '@gatehouse/kernel';
import { createHttpApp, Drain, startTelemetry, tracingOf } from '@gatehouse/nest-kit';
import { type Logger, Metrics } from '@gatehouse/observability';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { openDatabase, registerDatabaseFigures } from '@gatehouse/sql';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { databaseOf, type OrdersSettings, validatorConfigOf } from './config/orders.config.js';
import { ORDERS_DOCS, VERSION } from './docs/orders-docs.js';
import { OrdersReadiness } from './health/orders-readiness.js';
import { SqlOrderRepository } from './orders/adapters/sql-order-repository.js';
import { ordersSchema } from './persistence/orders-schema.js';

export interface BuiltOrders {
  /** Not listening yet. */
  readonly app: NestFastifyApplication;
  readonly drain: Drain;
  readonly logger: Logger;
  readonly validator: SessionValidator;
}

/** The composition root. Waits for nothing: Redis, the auth service and the database may all be away. */
export async function buildOrders(settings: OrdersSettings, overrides: { logger?: Logger } = {}): Promise<BuiltOrders> {
  const { logger, tracing } = await startTelemetry({
    ...{ service: 'orders', level: settings.LOG_LEVEL, logger: overrides.logger },
    tracing: tracingOf(settings, { service: 'orders', version: VERSION }),
  });
  const clock = new SystemClock();
  const metrics = new Metrics('orders');
  const drain = new Drain();
  const validator = createSessionValidator({
    ...validatorConfigOf(settings),
    serviceName: 'orders',
    warn: (message) => logger.warn('session validator', { warning: message }),
  });
  metrics.include(() => validator.metricsText());

  const { settings: where } = databaseOf(settings);
  if (!where) throw new Error('the configuration names no database, though it was checked');
  const database = await openDatabase(where, {
    ...ordersSchema,
    onStatus: (status, error) =>
      status === 'up' ? logger.info('database is up') : logger.warn('database is away', { error }),
  });

  registerDatabaseFigures(metrics, database);

  const module = AppModule.of({
    clock,
    metrics,
    drain,
    validator,
    orders: new SqlOrderRepository(database.dataSource, clock),
    readiness: new OrdersReadiness(validator, () => database.ping(), settings.READY_REQUIRES_FEED),
    close: async () => {
      await Promise.all([validator.close(), database.close()]);
      await tracing?.close();
    },
  });
  const { TRUSTED_PROXIES: trustedProxies, INTERNAL_NETWORKS: insideNetworks } = settings;
  const http = { logger, metrics, tracing, drain, trustedProxies, insideNetworks, docs: ORDERS_DOCS };
  return { app: await createHttpApp(module, http), drain, logger, validator };
}
