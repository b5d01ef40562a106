import 'reflect-metadata';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@gatehouse/config';
import { buildAuth } from './build-auth.js';
import { authConfig } from './config/auth.config.js';
import { renderOpenApi } from './docs/render-openapi.js';

// `npm run openapi`: writes openapi.json from the controllers and DTOs.
const dataDir = await mkdtemp(join(tmpdir(), 'gatehouse-openapi-'));
const { app } = await buildAuth(loadConfig(authConfig, { DATA_DIR: dataDir, LOG_LEVEL: 'silent' }));
await app.init();
await writeFile(new URL('../openapi.json', import.meta.url), renderOpenApi(app));
await app.close();
await rm(dataDir, { recursive: true });
