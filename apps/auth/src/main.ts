import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { serve } from '@gatehouse/nest-kit';
import { buildAuth } from './build-auth.js';
import { authConfig } from './config/auth.config.js';

try {
  const settings = loadConfig(authConfig, process.env);
  const { app, drain, logger } = await buildAuth(settings);
  const drainDelayMs = settings.NODE_ENV === 'production' ? 5_000 : 0;
  await serve(app, { port: settings.PORT, drain, logger, drainDelayMs });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
