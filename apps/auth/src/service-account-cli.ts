import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { authConfig } from './config/auth.config.js';
import { openServiceAccounts } from './service-accounts/from-the-shell/open-service-accounts.js';
import { serviceAccountCommand } from './service-accounts/from-the-shell/service-account-command.js';

// `npm run service-account:new`: lets another service in, with the configuration of the service.
try {
  const settings = loadConfig(authConfig, process.env);
  process.exitCode = await serviceAccountCommand(
    process.argv.slice(2),
    () => openServiceAccounts(settings, silentLogger),
    {
      // npm runs its scripts at the top of the repository, and says where it was called.
      folder: process.env['INIT_CWD'] ?? process.cwd(),
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
    },
  );
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
