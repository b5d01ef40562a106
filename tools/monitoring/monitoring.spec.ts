import { findProgram, testFolder } from '@gatehouse/testing';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const TOP = join(__dirname, '../..');
const PROMETHEUS = join(TOP, 'docker/prometheus');
const ALERTMANAGER = join(TOP, 'docker/alertmanager/alertmanager.yml');
const DASHBOARDS = join(TOP, 'docker/grafana/dashboards');
const RUNBOOKS = join(TOP, 'docs/runbooks');

interface Rule {
  readonly alert: string;
  readonly record: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Asked {
  readonly where: string;
  readonly expr: string;
  readonly metrics: readonly string[];
  readonly choices: readonly { readonly metric: string; readonly labels: readonly string[] }[];
  readonly groups: readonly string[];
}

interface Listed {
  readonly queries: readonly Asked[];
  readonly alerts: readonly Rule[];
  readonly records: readonly Rule[];
}

function run(program: string, ...args: string[]) {
  const path = program === 'node' ? process.execPath : findProgram(program);
  if (!path) throw new Error(`${program} is not there; \`npm test\` as root on Debian installs it`);
  const { status, stdout, stderr } = spawnSync(path, args, { cwd: TOP, encoding: 'utf8' });
  return { status, said: `${stdout}${stderr}`, stdout };
}

const read = (path: string) => readFileSync(path, 'utf8');
const pageOf = (name: string) => read(join(TOP, 'docs', `${name}.md`));
const listed = JSON.parse(run('node', 'tools/monitoring/list.mjs').stdout) as Listed;
const testFiles = (folder = PROMETHEUS) =>
  readdirSync(join(folder, 'tests')).map((file) => join(folder, 'tests', file));

describe('Prometheus', () => {
  it('takes its configuration and every rule', () => {
    const { status, said } = run('promtool', 'check', 'config', join(PROMETHEUS, 'prometheus.yml'));
    expect([status, said]).toEqual([0, expect.stringContaining('5 rule files found')]);
  });

  it('is set off by what each alert is for, and by nothing beside it', () => {
    const { status, said } = run('promtool', 'test', 'rules', ...testFiles());
    expect([status, said]).toEqual([0, expect.any(String)]);
  }, 120_000);

  it('would be caught with a threshold that is wrong', () => {
    const folder = testFolder('rules');
    cpSync(PROMETHEUS, folder, { recursive: true });
    const file = join(folder, 'rules/platform.yml');
    writeFileSync(file, read(file).replace('> 0.2', '> 2'));
    const { status, said } = run('promtool', 'test', 'rules', join(folder, 'tests/platform.yml'));
    expect([status, said]).toEqual([1, expect.stringContaining('EventLoopBlocked')]);
  }, 60_000);

  it('asks for no figure that nobody tells', () => {
    const known = new Set([...pageOf('operations/metrics').matchAll(/`([a-z][\w:]*)`/g)].map(([, name]) => name));
    const unknown = listed.queries.flatMap(({ where, metrics }) =>
      metrics
        .filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|sum|count)$/, '')))
        .map((name) => `${where}: ${name}`),
    );
    expect(unknown).toEqual([]);
    expect(listed.queries.length).toBeGreaterThan(200);
    expect(listed.queries.find(({ where }) => where === 'alert GatewayUpstreamErrors')?.metrics).toEqual([
      'gateway_requests_total',
    ]);
  });

  it('chooses and sums up by labels that the figures have: what nothing bears is quiet for ever', () => {
    // Of Prometheus itself, of every service, of histograms.
    const always = ['job', 'instance', 'service', 'le'];
    const rows = pageOf('operations/metrics')
      .split('\n## What exporters tell')[0]!
      .matchAll(/^\|(.*)\|.*\|(.*)\|.*\|$/gm);
    const quoted = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    const labelsOf = new Map<string, string[]>();
    for (const [, figures = '', labels = ''] of rows) {
      for (const name of quoted(figures)) labelsOf.set(name, [...(labelsOf.get(name) ?? []), ...quoted(labels)]);
    }
    const known = (metric: string) => labelsOf.get(metric) ?? labelsOf.get(metric.replace(/_(bucket|sum|count)$/, ''));
    const wrong = listed.queries.flatMap(({ where, metrics, choices, groups }) => {
      const chosen = choices.flatMap(({ metric, labels }) =>
        labels.filter((label) => !always.includes(label) && known(metric)?.includes(label) === false),
      );
      const of = metrics.map(known);
      const summed = groups.filter(
        (label) => !always.includes(label) && of.every((labels) => labels?.includes(label) === false),
      );
      return [...chosen, ...summed].map((label) => `${where}: ${label}`);
    });
    expect(wrong).toEqual([]);
    const seen = listed.queries.flatMap(({ choices }) => choices.filter(({ metric }) => known(metric)));
    expect(seen.length).toBeGreaterThan(100);
  });

  it('knows the names and the alerts people had rules for (R042, R043, R044, R117-R120, R207, R208, R209)', () => {
    const page = pageOf('operations/metrics');
    for (const name of [
      'redis_sessions_total',
      'redis_sessions_created_total',
      'redis_memory_used_bytes',
      'redis_up',
    ]) {
      expect(page).toContain(`\`${name}\``);
    }
    expect(listed.records.map(({ record }) => record)).toContain('token_validation_failures');
    const waits = Object.fromEntries(listed.alerts.map((rule) => [rule.alert, [rule.for, rule.labels['severity']]]));
    expect(waits).toMatchObject({
      TokenValidationFailureRatioHigh: ['5m', 'warning'],
      TokenValidationSlow: ['5m', 'warning'],
      TokenCacheHitRateLow: ['15m', 'info'],
      HighTokenValidationFailureRate: ['5m', 'warning'],
      RedisConnectionFailure: ['1m', 'critical'],
      HighAuthServiceLatency: ['5m', 'warning'],
    });
    const jobs = (parse(read(join(PROMETHEUS, 'prometheus.yml'))) as { scrape_configs: { job_name: string }[] })
      .scrape_configs;
    expect(jobs.map(({ job_name: name }) => name)).toEqual(
      expect.arrayContaining(['auth-service', 'microservices', 'peg-gateway', 'redis', 'mysql', 'nginx']),
    );
  });
});

describe('an alert', () => {
  it.each(listed.alerts.map((rule) => [rule.alert, rule] as const))(
    '%s says what it means and leads to a runbook that knows it',
    (alert, { labels, annotations }) => {
      expect(['critical', 'warning', 'info', 'none']).toContain(labels['severity']);
      expect(annotations['summary']).toMatch(/^[A-Z{].{10,}[^.]$/);
      expect(annotations['description']).toMatch(/^.{10,}\.$/s);
      const runbook = annotations['runbook_url']!.replace('https://docs.example.com/runbooks/', '');
      expect(readdirSync(RUNBOOKS)).toContain(`${runbook}.md`);
      // Of what each runbook says it is for.
      const heading = read(join(RUNBOOKS, `${runbook}.md`)).split('\n## ')[0];
      expect(heading).toContain(`\`${alert}\``);
    },
  );

  it('is tried: a moment at which it fires, and one at which it does not', () => {
    interface Case {
      readonly name: string;
      readonly promql_expr_test: readonly { readonly expr: string; readonly exp_samples?: readonly unknown[] }[];
    }
    const cases = testFiles().flatMap((file) => (parse(read(file)) as { tests: Case[] }).tests);
    const moments = (alert: string, fires: boolean) =>
      cases
        .flatMap(({ promql_expr_test: asked }) => asked)
        .filter(
          ({ expr, exp_samples: samples = [] }) =>
            expr.includes(`"${alert}", alertstate="firing"`) && samples.length > 0 === fires,
        );
    const untried = listed.alerts
      .map(({ alert }) => alert)
      // There is no moment at which this one does not fire.
      .filter(
        (alert) => moments(alert, true).length === 0 || (alert !== 'Watchdog' && moments(alert, false).length === 0),
      );
    expect(untried).toEqual([]);
  });
});

describe('Alertmanager', () => {
  it('takes its configuration', () => {
    expect(run('amtool', 'check-config', ALERTMANAGER)).toMatchObject({ status: 0 });
  });

  it.each([
    ['critical', 'pager'],
    ['warning', 'tickets'],
    ['info', 'nobody'],
  ])('brings what is %s to the %s', (severity, receiver) => {
    const { stdout } = run(
      'amtool',
      'config',
      'routes',
      'test',
      `--config.file=${ALERTMANAGER}`,
      'alertname=X',
      `severity=${severity}`,
    );
    expect(stdout.trim()).toBe(receiver);
  });

  it('hands the watchdog to somebody outside, and nobody is woken by it', () => {
    const { stdout } = run(
      'amtool',
      'config',
      'routes',
      'test',
      `--config.file=${ALERTMANAGER}`,
      'alertname=Watchdog',
      'severity=none',
    );
    expect(stdout.trim()).toBe('dead-man');
  });

  it('holds back alerts that exist, for the sake of alerts that exist', () => {
    const { inhibit_rules: inhibitions } = parse(read(ALERTMANAGER)) as {
      inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
    };
    const named = inhibitions
      .flatMap(({ source_matchers: sources, target_matchers: targets }) => [...sources, ...targets])
      .flatMap((matcher) => /alertname=~?"([^"]+)"/.exec(matcher)?.[1]?.split('|') ?? [`not by name: ${matcher}`]);
    const alerts = new Set(listed.alerts.map(({ alert }) => alert));
    expect(named.filter((name) => !alerts.has(name))).toEqual([]);
  });
});

describe('the page of error codes', () => {
  it('has each code there is, and says what to do (else: node tools/docs/write-error-codes.mjs)', () => {
    expect(run('node', 'tools/docs/write-error-codes.mjs', '--check')).toMatchObject({ status: 0, said: '' });
  });

  it('would not pass over a code that nobody has thought about, nor one that is gone', () => {
    const script =
      `import { renderErrorCodes } from ${JSON.stringify(join(TOP, 'tools/docs/error-codes.mjs'))};` +
      'process.stdout.write(renderErrorCodes(["NEW_ONE"], {}).faults.filter((fault) => /NEW_ONE|RATE_LIMITED/.test(fault)).join("; "));';
    expect(run('node', '--input-type=module', '-e', script).said).toBe(
      'tools/docs/error-codes.mjs does not say what to do about NEW_ONE; tools/docs/error-codes.mjs tells of RATE_LIMITED, which is none',
    );
  });
});

describe('Grafana', () => {
  interface Panel {
    readonly id: number;
    readonly type: string;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly datasource: { readonly uid: string };
    readonly links?: readonly { readonly url: string }[];
    readonly fieldConfig: { readonly defaults: { readonly unit: string } };
    readonly targets: readonly { readonly refId: string; readonly expr: string }[];
  }
  interface Dashboard {
    readonly uid: string;
    readonly title: string;
    readonly description: string;
    readonly templating: { readonly list: readonly { readonly name: string }[] };
    readonly panels: readonly Panel[];
  }
  const files = readdirSync(DASHBOARDS);
  const dashboards = files.map((file) => JSON.parse(read(join(DASHBOARDS, file))) as Dashboard);

  it('is given what tools/monitoring says', () => {
    expect(run('node', 'tools/monitoring/write-dashboards.mjs', '--check')).toMatchObject({ status: 0, said: '' });
    expect(run('node', 'tools/monitoring/write-alerts.mjs', '--check')).toMatchObject({ status: 0, said: '' });
  });

  it('has a dashboard for each topic (R202-R206), and finds them by itself', () => {
    const titles = [
      'Authentication service overview',
      'Token validation',
      'Redis performance',
      'Microservice health',
      'Session management flow',
    ];
    expect(dashboards.map(({ title }) => title)).toEqual(expect.arrayContaining(titles));
    expect(new Set(dashboards.map(({ uid }) => uid)).size).toBe(dashboards.length);
    const provider = parse(read(join(TOP, 'docker/grafana/provisioning/dashboards/gatehouse.yml'))) as {
      providers: { options: { path: string } }[];
    };
    const compose = read(join(TOP, 'docker/compose.yaml'));
    expect(compose).toContain(`./grafana/dashboards:${provider.providers[0]!.options.path}:ro`);
    expect(compose).toContain('./grafana/provisioning:/etc/grafana/provisioning:ro');
    const source = parse(read(join(TOP, 'docker/grafana/provisioning/datasources/prometheus.yml'))) as {
      datasources: { type: string; url: string }[];
    };
    expect(source.datasources.map(({ type, url }) => [type, url])).toEqual([
      ['prometheus', 'http://prometheus:9090'],
      ['alertmanager', 'http://alertmanager:9093'],
    ]);
  });

  it.each(dashboards.map((dashboard) => [dashboard.title, dashboard] as const))(
    'shows %s: every panel with a unit, a place of its own, the chosen data source, and a runbook that exists',
    (_title, { description, panels, templating }) => {
      expect(description).not.toBe('');
      const variables = new Set(templating.list.map(({ name }) => name));
      expect(variables).toContain('datasource');
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const taken = new Set<string>();
      for (const { title, type, gridPos, datasource, fieldConfig, targets, links = [] } of panels) {
        expect([title, ['stat', 'timeseries'].includes(type)]).toEqual([title, true]);
        expect([title, fieldConfig.defaults.unit]).toEqual([title, expect.stringMatching(/^[a-zA-Z]+$/)]);
        expect([title, datasource.uid]).toEqual([title, '${datasource}']);
        expect(targets.length).toBeGreaterThan(0);
        expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
        for (const { expr } of targets) {
          for (const [, name = ''] of expr.matchAll(/\$(job|instance)\b/g)) expect(variables).toContain(name);
        }
        for (const { url } of links) {
          expect(existsSync(join(RUNBOOKS, `${url.split('/').at(-1)}.md`))).toBe(true);
        }
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect([title, x < 24, taken.has(`${x}/${y}`)]).toEqual([title, true, false]);
            taken.add(`${x}/${y}`);
          }
        }
      }
    },
  );
});
