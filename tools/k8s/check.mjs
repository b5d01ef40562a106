// Manifests without a cluster. Needs a build: the services are asked about their settings.
//   npm run k8s:check [-- folder ...]            says what is wrong with overlays; `--json` for programs
//   npm run k8s:write                            writes what is made from other files
//   npm run -s k8s:secrets -- <namespace>        prints new Secrets, for `kubectl create -f -`
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { faultsOf } from './faults.mjs';
import { renderKustomization } from './kustomize/render.mjs';
import { prometheusRule } from './prometheus-rule.mjs';
import { secretResources, toYaml } from './secrets.mjs';
import { Services } from './services.mjs';

const top = fileURLToPath(new URL('../../', import.meta.url));
const [what, ...rest] = process.argv.slice(2);
const isJson = rest.includes('--json');
const named = rest.filter((one) => one !== '--json');

switch (what) {
  case 'secrets':
    process.stdout.write(toYaml(secretResources(named[0] ?? 'gatehouse')));
    break;
  case 'write':
    writeFileSync(join(top, 'k8s/monitoring/rules.yaml'), prometheusRule(join(top, 'docker/prometheus/rules')));
    process.stdout.write('wrote k8s/monitoring/rules.yaml\n');
    break;
  case 'check':
    await check(
      named.length > 0 ? named : ['k8s/overlays/dev', 'k8s/overlays/prod'].map((folder) => join(top, folder)),
    );
    break;
  default:
    process.stderr.write('what: check, write or secrets\n');
    process.exitCode = 2;
}

async function check(folders) {
  const services = new Services(top);
  const settings = await services.settings();
  const load = createRequire(import.meta.url);
  const found = {};
  for (const folder of folders) {
    const resources = renderKustomization(folder);
    const faults = faultsOf(resources, { load, settings });
    found[folder] = faults.length > 0 ? faults : await services.refusals(resources);
    if (found[folder].length > 0) process.exitCode = 1;
    if (isJson) continue;
    for (const fault of found[folder]) process.stderr.write(`${fault}\n`);
    process.stdout.write(`${folder}: ${found[folder].length === 0 ? 'sound' : `${found[folder].length} faults`}\n`);
  }
  if (isJson) process.stdout.write(`${JSON.stringify({ settings, found })}\n`);
}
