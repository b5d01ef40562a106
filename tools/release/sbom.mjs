// `npm run --silent sbom`: the parts of what is deployed, as CycloneDX, on standard output.
import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { TOP } from '../run/top.mjs';

/**
 * A list of parts without what only tools need. npm's own `--omit dev` leaves out of a workspace what one project needs as a tool
 * and another one deploys; the mark on each part is right.
 *
 * @param {{ metadata: object, components: object[], dependencies: { ref: string, dependsOn: string[] }[] }} all - of `npm sbom`
 */
export function deployedParts(all) {
  const components = all.components.filter(({ properties = [] }) => !properties.some(isMarkOfTools));
  const kept = new Set(components.map((part) => part['bom-ref'])).add(all.metadata.component['bom-ref']);
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }));
  return { ...all, components, dependencies };
}

const isMarkOfTools = ({ name, value }) => name === 'cdx:npm:package:development' && value === 'true';

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const shell = process.platform === 'win32';
  const all = JSON.parse(execFileSync('npm', args, { cwd: TOP, encoding: 'utf8', maxBuffer: 1 << 28, shell }));
  process.stdout.write(`${JSON.stringify(deployedParts(all), null, 2)}\n`);
}
