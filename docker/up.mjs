// `npm run compose [-- --print]`: the whole of Gatehouse in containers, from a fresh clone: secrets, images, then everything in the order in
// which it needs each other. `--print` says what would be run. With ENTRA_TENANT_ID and ENTRA_CLIENT_ID in docker/.env people sign in
// there; without, a development identity provider stands in.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entraOf, readSettings } from './secrets.mjs';

const DOCKER = fileURLToPath(new URL('.', import.meta.url));
const isPrinted = process.argv.includes('--print');

const isDemo = entraOf({ ...readSettings(join(DOCKER, '.env')), ...process.env }) === undefined;
const files = ['docker/compose.yaml', ...(isDemo ? ['docker/compose.demo.yaml'] : [])].flatMap((file) => ['-f', file]);
const steps = [
  [process.execPath, 'docker/secrets.mjs'],
  [process.execPath, 'docker/build.mjs'],
  ['docker', 'compose', ...files, 'up', '--detach', '--wait', '--remove-orphans'],
];

for (const [command, ...args] of steps) {
  if (isPrinted) {
    process.stdout.write(`${[command === process.execPath ? 'node' : command, ...args].join(' ')}\n`);
    continue;
  }
  const { status, error } = spawnSync(command, args, { cwd: join(DOCKER, '..'), stdio: 'inherit' });
  if (error) process.stderr.write(`${command} could not be started: ${error.code}\n`);
  if (status !== 0) process.exit(status ?? 1);
}
if (!isPrinted) {
  process.stdout.write(`
Gatehouse is up. On this machine, with these names in /etc/hosts (127.0.0.1 api.example.com app.example.com idp.example.com):
  https://app.example.com/api/orders   a browser: sign in, and see your orders
  https://api.example.com/api/v1/      apps that bring tokens
  http://localhost:3000                Grafana; the password of admin is in docker/.secrets/grafana-admin-password
${isDemo ? '  http://localhost:8025                the mailbox\n' : ''}
docker compose ${files.join(' ')} down ends it; with --volumes it forgets everything.
`);
}
