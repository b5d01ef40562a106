import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { openForVerify } from './audit/adapters/open-for-verify.js';
import { verifyCommand } from './audit/verify/verify-command.js';
import { authConfig } from './config/auth.config.js';

// `npm run audit:verify`: checks the audit log with the configuration of the service.
try {
  const settings = loadConfig(authConfig, process.env);
  process.exitCode = await verifyCommand(process.argv.slice(2), () => openForVerify(settings, silentLogger), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
