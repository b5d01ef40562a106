import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

/**
 * The rules of docker/prometheus/rules as the Prometheus operator wants them: one resource, groups as they are.
 *
 * @param {string} folder
 * @returns {string} YAML
 */
export function prometheusRule(folder) {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.yml'))
    .sort();
  const groups = files.flatMap((name) => parse(readFileSync(join(folder, name), 'utf8')).groups);
  const resource = {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'gatehouse' },
    spec: { groups },
  };
  return `# Written by \`npm run k8s:write\` from docker/prometheus/rules. Do not edit.\n${stringify(resource, { lineWidth: 0, singleQuote: true, aliasDuplicateObjects: false })}`;
}
