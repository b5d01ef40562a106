import 'reflect-metadata';
import { loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { testFolder } from '@gatehouse/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { buildOrders } from '../src/build-orders.js';
import { ordersConfig } from '../src/config/orders.config.js';

/** The service in this process, with an auth service that never answers: enough for whoever comes without a token. */
export async function startOrders(env: Record<string, string> = {}): Promise<NestFastifyApplication> {
  const settings = loadConfig(ordersConfig, {
    DATA_DIR: testFolder('orders-data'),
    AUTH_URL: 'http://127.0.0.1:9',
    JWKS_URI: 'http://127.0.0.1:9/',
    AUTH_ISSUER: 'http://127.0.0.1:9',
    AUTH_AUDIENCE: 'gatehouse',
    ...env,
  });
  const { app } = await buildOrders(settings, { logger: silentLogger });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return app;
}
