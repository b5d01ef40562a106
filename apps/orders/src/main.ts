import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { serve } from '@gatehouse/nest-kit';
import { InvalidConfiguration } from '@gatehouse/session-validator';
import { buildOrders } from './build-orders.js';
import { ordersConfig } from './config/orders.config.js';

const FIRST_LIST_PATIENCE_MS = 2_000;

try {
  const settings = loadConfig(ordersConfig, process.env);
  const { app, drain, logger, validator } = await buildOrders(settings);
  // A moment's patience, so that an instance that is replaced does not answer 503 before its first complete list. Where the
  // feed is away it starts all the same.
  await validator.ready(FIRST_LIST_PATIENCE_MS);
  const drainDelayMs = settings.NODE_ENV === 'production' ? 5_000 : 0;
  await serve(app, { port: settings.PORT, drain, logger, drainDelayMs });
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof InvalidConfiguration)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
