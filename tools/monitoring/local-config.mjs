import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

const FOLDER = join(import.meta.dirname, '../../docker/prometheus');

/**
 * docker/prometheus/prometheus.yml for processes on this machine: the same jobs and rules, other addresses. A job that nothing is given
 * for is left out.
 *
 * @param {{ targets: Record<string, string[]>, alertmanagers?: string[], everySeconds?: number }} here - `targets`: `host:port` by job
 * @throws where `targets` names a job that is not in the file
 * @returns {string} YAML
 */
export function localPrometheusConfig({ targets, alertmanagers = [], everySeconds = 1 }) {
  const config = parse(readFileSync(join(FOLDER, 'prometheus.yml'), 'utf8'));
  const jobs = config.scrape_configs.map(({ job_name: name }) => name);
  const unknown = Object.keys(targets).filter((name) => !jobs.includes(name));
  if (unknown.length > 0) throw new Error(`docker/prometheus/prometheus.yml has no job ${unknown.join(', ')}`);
  const every = `${everySeconds}s`;
  return stringify({
    ...config,
    global: { ...config.global, scrape_interval: every, scrape_timeout: every, evaluation_interval: every },
    rule_files: config.rule_files.map((file) => join(FOLDER, file)),
    alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] },
    scrape_configs: config.scrape_configs
      .filter(({ job_name: name }) => targets[name])
      .map((job) => ({ ...job, scrape_interval: every, static_configs: [{ targets: targets[job.job_name] }] })),
  });
}
