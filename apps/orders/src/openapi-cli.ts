import 'reflect-metadata';
import { loadConfig } from '@gatehouse/config';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildOrders } from './build-orders.js';
import { ordersConfig } from './config/orders.config.js';
import { renderOpenApi } from './docs/orders-docs.js';

// `npm run openapi`: writes openapi.json from the controllers and DTOs. Nothing is asked of the address it is given.
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-openapi-'));
const settings = loadConfig(ordersConfig, {
  DATA_DIR: dataDir,
  LOG_LEVEL: 'silent',
  JWKS_URI: 'http://127.0.0.1:9/',
  AUTH_URL: 'http://127.0.0.1:9',
  AUTH_ISSUER: 'http://127.0.0.1:9',
  AUTH_AUDIENCE: 'gatehouse',
});
const { app } = await buildOrders(settings);
await app.init();
await writeFile(new URL('../openapi.json', import.meta.url), renderOpenApi(app));
await app.close();
await rm(dataDir, { recursive: true });
