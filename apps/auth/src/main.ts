import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { serve } from '@gatehouse/nest-kit';
import { buildAuth } from './build-auth.js';
import { authConfig } from './config/auth.config.js';

const START_PATIENCE_MS = 2_000;

try {
  const settings = loadConfig(authConfig, process.env);
  const { app, drain, logger, caughtUp } = await buildAuth(settings);
  await app.init();
  // A moment's patience: balancers that ask nobody send requests from the moment the port is open, and before it has caught up with the
  // feed it answers refreshes with 503. Where a store is away it starts all the same.
  await caughtUp(START_PATIENCE_MS);
  const drainDelayMs = settings.NODE_ENV === 'production' ? 5_000 : 0;
  await serve(app, { port: settings.PORT, drain, logger, drainDelayMs });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
