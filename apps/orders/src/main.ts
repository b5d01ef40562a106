import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { serve } from '@gatehouse/nest-kit';
import { InvalidConfiguration } from '@gatehouse/session-validator';
import { buildOrders } from './build-orders.js';
import { ordersConfig } from './config/orders.config.js';

try {
  const settings = loadConfig(ordersConfig, process.env);
  const { app, drain, logger } = await buildOrders(settings);
  const drainDelayMs = settings.NODE_ENV === 'production' ? 5_000 : 0;
  await serve(app, { port: settings.PORT, drain, logger, drainDelayMs });
} catch (error) {
  if (!(error instanceof ConfigError) && !(error instanceof InvalidConfiguration)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
