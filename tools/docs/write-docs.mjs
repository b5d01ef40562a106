// `npm run docs:write`: writes what the code already says. `.env.example` and `docs/configuration.md` come from the schemas of
// the built services, the tables and the JSON Schema of `docs/gateway` from that of the gateway's file, `docs/session-validator/api`
// from the docstrings of the library, `docs/rest` from the OpenAPI documents of the services, the figures of `docs/scaling.md` from the
// records of the bench, and what pages tell of rehearsals from theirs. `--check` writes nothing and fails when a
// file is not what it would be.
import { describeConfig, renderConfigMarkdown, renderEnvExample } from '../../libs/config/dist/index.js';
import { authConfig } from '../../apps/auth/dist/config/auth.config.js';
import { withSettings, PAGE_PATH } from '../../apps/gateway/dist/config/configuration-page.js';
import { gatewayConfig } from '../../apps/gateway/dist/config/gateway.config.js';
import { gatewayJsonSchema, SCHEMA_PATH } from '../../apps/gateway/dist/config/json-schema.js';
import { ordersConfig } from '../../apps/orders/dist/config/orders.config.js';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { renderApiReference } from './api-reference.mjs';
import { MEASURED_PAGE, records, withMeasured } from './measured-figures.mjs';
import { renderRestReference } from './rest-reference.mjs';
import { rehearsedPages } from '../rehearse/record.mjs';

const services = [
  { name: 'auth', what: 'The auth service', rows: describeConfig(authConfig) },
  { name: 'orders', what: 'The sample orders service', rows: describeConfig(ordersConfig) },
  { name: 'gateway', what: 'The gateway', rows: describeConfig(gatewayConfig) },
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

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const API = 'docs/session-validator/api';
const REST = 'docs/rest';

const { pages, faults } = await renderApiReference(join(TOP, 'libs/session-validator'));
const restPages = renderRestReference(
  ['auth', 'orders'].map((name) => ({
    name,
    document: JSON.parse(readFileSync(join(TOP, `apps/${name}/openapi.json`), 'utf8')),
  })),
);
const files = new Map([
  ['.env.example', envExample],
  ['docs/configuration.md', configuration],
  [PAGE_PATH, withSettings(readFileSync(join(TOP, PAGE_PATH), 'utf8'))],
  [MEASURED_PAGE, withMeasured(readFileSync(join(TOP, MEASURED_PAGE), 'utf8'), records(TOP))],
  ...rehearsedPages(TOP),
  [SCHEMA_PATH, `${JSON.stringify(gatewayJsonSchema(), null, 2)}\n`],
  ...[...pages].map(([page, text]) => [`${API}/${page}`, text]),
  ...[...restPages].map(([page, text]) => [`${REST}/${page}`, text]),
]);
const pagesIn = (folder) =>
  existsSync(join(TOP, folder)) ? readdirSync(join(TOP, folder)).map((page) => `${folder}/${page}`) : [];
const left = [API, REST].flatMap(pagesIn).filter((page) => !files.has(page));

const wrong = (what) => {
  process.stderr.write(`${what}\n`);
  process.exitCode = 1;
};
for (const fault of faults) wrong(fault);
const check = process.argv.includes('--check');
if (check) {
  const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  const stale = [...files].filter(([name, text]) => read(join(TOP, name)) !== text).map(([name]) => name);
  for (const name of stale) wrong(`${name} is not what the code says: npm run docs:write`);
  for (const page of left) wrong(`${page} tells of nothing that is there: npm run docs:write`);
} else {
  for (const page of left) rmSync(join(TOP, page));
  for (const [name, text] of files) {
    mkdirSync(dirname(join(TOP, name)), { recursive: true });
    writeFileSync(join(TOP, name), text);
  }
  process.stdout.write(`wrote ${[...files.keys()].join(', ')}\n`);
}
