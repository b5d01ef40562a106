import 'reflect-metadata';
import { ConfigError, loadConfig } from '@gatehouse/config';
import { silentLogger } from '@gatehouse/observability';
import { firstLine, hiddenPrompt } from './administration/first-admin/ask-hidden.js';
import { newAdminCommand } from './administration/first-admin/new-admin-command.js';
import { openAdministration } from './administration/first-admin/open-administration.js';
import { authConfig } from './config/auth.config.js';

// `npm run admin:new`: makes an administrator with the configuration of the service.
try {
  const settings = loadConfig(authConfig, process.env);
  process.exitCode = await newAdminCommand(process.argv.slice(2), () => openAdministration(settings, silentLogger), {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    askHidden: hiddenPrompt(process.stdin, process.stderr as NodeJS.WriteStream),
    readLine: () => firstLine(process.stdin),
  });
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
