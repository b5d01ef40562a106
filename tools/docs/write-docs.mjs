// `npm run docs:write`: writes what the code already says, `.env.example` and `docs/configuration.md`, from the schemas of the
// built services. `--check` writes nothing and fails when a file is not what it would be.
import { describeConfig, renderConfigMarkdown, renderEnvExample } from '../../libs/config/dist/index.js';
import { authConfig } from '../../apps/auth/dist/config/auth.config.js';
import { ordersConfig } from '../../apps/orders/dist/config/orders.config.js';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const services = [
  { name: 'auth', what: 'The auth service', rows: describeConfig(authConfig) },
  { name: 'orders', what: 'The sample orders service', rows: describeConfig(ordersConfig) },
];

const configuration = [
  '# Configuration',
  '',
  '<!-- Written by `npm run docs:write` from the schemas. Do not edit. -->',
  '',
  'Each service reads its environment once, when it starts. What is wrong is told in one list, by name, without values. An empty',
  'variable counts as absent. Durations are seconds, or carry a unit: `900`, `15m`, `24h`, `7d`. A secret may lie in a file that',
  '`NAME_FILE` names.',
  '',
  ...services.flatMap(({ what, rows }) => [`## ${what}`, '', renderConfigMarkdown(rows)]),
].join('\n');

const envExample = [
  '# Written by `npm run docs:write` from the schemas. Do not edit.',
  '# Every setting with its default. None is needed on a developer machine.',
  '',
  ...services.flatMap(({ what, rows }) => [`# --- ${what} ---`, '', renderEnvExample(rows)]),
].join('\n');

const files = { '.env.example': envExample, 'docs/configuration.md': configuration };
const check = process.argv.includes('--check');
for (const [name, text] of Object.entries(files)) {
  const path = fileURLToPath(new URL(`../../${name}`, import.meta.url));
  if (!check) {
    writeFileSync(path, text);
    process.stdout.write(`wrote ${name}\n`);
  } else if (readFileSync(path, 'utf8') !== text) {
    process.stderr.write(`${name} is not what the schemas say: npm run docs:write\n`);
    process.exitCode = 1;
  }
}
