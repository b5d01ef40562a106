import { ConfigError, loadConfig } from '@gatehouse/config';
import { devIdpConfig } from './config/dev-idp.config.js';
import { startDevIdp } from './server/start-dev-idp.js';

try {
  const { origin, server } = await startDevIdp(loadConfig(devIdpConfig, process.env));
  process.stdout.write(`The development identity provider listens at ${origin}. Never use it in production.\n`);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      server.close(() => process.exit(0));
      server.closeAllConnections();
    });
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
