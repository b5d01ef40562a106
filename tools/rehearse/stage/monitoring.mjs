import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, testFolder } from '../../../libs/testing/dist/index.js';
import { askPrometheus } from '../../monitoring/ask-prometheus.mjs';
import { localPrometheusConfig } from '../../monitoring/local-config.mjs';
import { allQueries } from '../../monitoring/queries.mjs';
import { installPackages } from '../../run/debian.mjs';
import { findProgram } from '../../run/command.mjs';
import { TOP } from '../../run/top.mjs';
import { Program } from './program.mjs';

/** Beside those that tests need anyway. */
const EXPORTERS = ['prometheus-nginx-exporter', 'prometheus-blackbox-exporter'];
const EVERY_SECONDS = 5;

/**
 * Prometheus and Alertmanager with the files of docker/, and an exporter beside each server. Only addresses differ, and that figures are
 * taken every five seconds rather than every fifteen.
 *
 * @param {import('./site.mjs').Site} site
 */
export async function startMonitoring(report, site) {
  const missing = EXPORTERS.filter((name) => !findProgram(name));
  if (missing.length > 0) await installPackages(...missing);
  const ports = {};
  for (const name of ['prometheus', 'alertmanager', 'redis', 'mysql', 'nginx', 'blackbox'])
    ports[name] = await freePort();
  const here = (name) => `127.0.0.1:${ports[name]}`;
  const listen = (name) => `--web.listen-address=${here(name)}`;
  const begin = async (name, command, args, env) => {
    const program = await new Program(name, command, args, { port: ports[name.split(' ')[0]], env }).start();
    report.atEnd(name, () => program.stop());
    return program;
  };
  const password = site.secret('redis-exporter-password');
  const primary = await site.redis.primary();
  const redisArgs = [`--redis.addr=redis://127.0.0.1:${primary.port}`, '--redis.user=exporter', listen('redis')];
  await begin('redis exporter', 'prometheus-redis-exporter', redisArgs, { REDIS_PASSWORD: password });
  const source = `exporter:${site.secret('mysql-exporter-password')}@(127.0.0.1:${site.mysql.port})/`;
  await begin('mysql exporter', 'prometheus-mysqld-exporter', [listen('mysql')], { DATA_SOURCE_NAME: source });
  const status = `http://127.0.0.1:${site.ports.status}/stub_status`;
  const nginxArgs = ['-nginx.scrape-uri', status, '-web.listen-address', here('nginx')];
  await begin('nginx exporter', 'prometheus-nginx-exporter', nginxArgs);
  const modules = join(TOP, 'docker/prometheus/blackbox.yml');
  await begin('blackbox exporter', 'prometheus-blackbox-exporter', [`--config.file=${modules}`, listen('blackbox')]);
  await startAlertmanager(begin, here, listen);
  await startPrometheus(begin, here, listen, site);
  return new Monitoring(`http://${here('prometheus')}`, `http://${here('alertmanager')}`);
}

async function startAlertmanager(begin, here, listen) {
  const command = findProgram('prometheus-alertmanager', 'alertmanager');
  const file = join(TOP, 'docker/alertmanager/alertmanager.yml');
  const folder = testFolder('alertmanager');
  const args = [
    `--config.file=${file}`,
    `--storage.path=${folder}`,
    '--cluster.listen-address=',
    listen('alertmanager'),
  ];
  await begin('alertmanager', command, args);
}

async function startPrometheus(begin, here, listen, site) {
  const hosts = (services) => services.map(({ port }) => `127.0.0.1:${port}`);
  const targets = {
    'auth-service': hosts(site.auth),
    microservices: hosts(site.orders),
    'peg-gateway': hosts(site.gateway),
    redis: [here('redis')],
    mysql: [here('mysql')],
    nginx: [here('nginx')],
    certificates: [`127.0.0.1:${site.ports.https}`],
    prometheus: [here('prometheus')],
    alertmanager: [here('alertmanager')],
  };
  const settings = { targets, alertmanagers: [here('alertmanager')], everySeconds: EVERY_SECONDS };
  const folder = testFolder('prometheus');
  const file = join(folder, 'prometheus.yml');
  writeFileSync(file, localPrometheusConfig(settings).replaceAll('blackbox-exporter:9115', here('blackbox')));
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, listen('prometheus')];
  await begin('prometheus', 'prometheus', args);
}

/** A running Prometheus and its Alertmanager, asked as Grafana and people on call ask them. */
export class Monitoring {
  constructor(prometheus, alertmanager) {
    this.prometheus = prometheus;
    this.alertmanager = alertmanager;
  }

  /** @returns {Promise<{ up: string[], down: string[] }>} jobs and instances, by what their last scrape came to */
  async targets() {
    const { data } = await json(`${this.prometheus}/api/v1/targets?state=active`);
    const named = (healthy) =>
      data.activeTargets
        .filter(({ health }) => (health === 'up') === healthy)
        .map(({ labels, lastError }) => `${labels.job} ${labels.instance} ${lastError}`.trim());
    return { up: named(true), down: named(false) };
  }

  /** Every query of dashboards and rules. */
  askEverything() {
    return askPrometheus(this.prometheus, allQueries());
  }

  /** Names of the alerts that Alertmanager has and has not been told the end of. */
  async alerts() {
    const told = await json(`${this.alertmanager}/api/v2/alerts`);
    return [...new Set(told.map(({ labels }) => labels.alertname))];
  }
}

async function json(url) {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.json();
}
