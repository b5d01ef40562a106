import { Metrics, type Logger } from '@gatehouse/observability';
import { eventually, testFolder } from '@gatehouse/testing';
import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Routing } from './gateway-settings.js';
import { examineGateway } from './load-gateway-settings.js';
import { reloadOnChange } from './reload-triggers.js';
import { ReloadRouting } from './reload-routing.js';

const SECRET = 'hunter2-hunter2-hunter2';
const key = randomBytes(32).toString('base64');
const text = ({
  path = '/a/**',
  upstream = 'orders',
  more = '',
  providers = '',
  url = 'https://app.example',
} = {}) => `version: 1
server: { publicUrl: ${url} }
auth: { url: http://auth, clientId: gateway, clientSecret: ${SECRET}, issuer: a, trustAnchor: MFkw }
login: main
providers:
  main: { type: oidc, issuer: https://id.example, clientId: app, credential: { type: secret, secret: ${SECRET} } }
${providers}session: { store: redis, url: redis://redis, keys: ["${key}"] }
upstreams:
  ${upstream}: { targets: [http://orders:8081] }
routes:
  - match: { path: ${path} }
    upstream: ${upstream}
${more}`;

class Told implements Logger {
  readonly lines: { level: string; message: string; facts: Record<string, unknown> }[] = [];
  private readonly at =
    (level: string) =>
    (message: string, facts: Record<string, unknown> = {}) =>
      void this.lines.push({ level, message, facts });
  readonly debug = this.at('debug');
  readonly info = this.at('info');
  readonly warn = this.at('warn');
  readonly error = this.at('error');
}

const stops: (() => void)[] = [];
afterEach(() => stops.splice(0).forEach((stop) => stop()));

const started = (given: string, options: { failing?: boolean } = {}) => {
  const folder = testFolder('gateway-reload');
  const file = join(folder, 'gateway.yaml');
  writeFileSync(file, given);
  const logger = new Told();
  const metrics = new Metrics('test', { processFigures: false });
  const swapped: Routing[] = [];
  const swap = (routing: Routing) => {
    if (options.failing) return Promise.reject(new Error('no pools left'));
    swapped.push(routing);
    return Promise.resolve();
  };
  const examine = () => examineGateway({}, file);
  const reload = new ReloadRouting({ examine, swap, logger, metrics }, examine());
  const follow = () => stops.push(reloadOnChange(reload, file, { settleMs: 20, pollMs: 200 }));
  stops.push(() => reload.stop());
  return { folder, file, logger, metrics, swapped, reload, follow, options };
};
/** Where a path leads, by what was put in force last. */
const leads = (swapped: Routing[], path: string) => swapped.at(-1)?.table.match('GET', path).kind;

describe('a changed file', () => {
  it('puts other routes in force as a whole, and says so', async () => {
    const { file, reload, swapped, logger, metrics } = started(text());
    expect(await reload.run('SIGHUP')).toBe('unchanged');
    writeFileSync(file, text({ path: '/b/**' }));
    expect(await reload.run('SIGHUP')).toBe('reloaded');
    expect([swapped.length, leads(swapped, '/a/1'), leads(swapped, '/b/1')]).toEqual([1, 'unknown', 'matched']);
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'the new configuration is in force',
        facts: { why: 'SIGHUP', routes: 1, upstreams: 1 },
      },
    ]);
    expect(await metrics.text()).toContain('gateway_config_reloads_total{outcome="reloaded",service="test"} 1');
  });

  it('changes nothing where it cannot be used, and the log lists why, without a value', async () => {
    const { file, reload, swapped, logger } = started(text());
    writeFileSync(file, text({ path: '/b/**' }).replace('clientId: gateway', `clientId: [${SECRET}]`));
    expect(await reload.run('SIGHUP')).toBe('refused');
    expect(swapped).toEqual([]);
    expect(logger.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        facts: { why: 'SIGHUP', faults: ['gateway.yaml:3:27 auth.clientId: must be a text'] },
      }),
    ]);
    rmSync(file);
    expect(await reload.run('SIGHUP')).toBe('refused');
    expect(JSON.stringify(logger.lines)).not.toContain('hunter2');
    writeFileSync(file, text({ path: '/b/**' }));
    expect(await reload.run('SIGHUP')).toBe('reloaded');
  });

  it('names what needs a restart, and puts the rest in force', async () => {
    const { file, reload, swapped, logger } = started(text());
    writeFileSync(file, text({ path: '/b/**', url: 'https://other.example' }));
    expect(await reload.run('SIGHUP')).toBe('reloaded');
    expect(leads(swapped, '/b/1')).toBe('matched');
    expect(logger.lines[0]).toEqual({
      level: 'warn',
      message: 'part of the new configuration needs a restart',
      facts: { why: 'SIGHUP', groups: ['server'] },
    });
  });

  it('is refused where a route leads to a provider that only a restart brings', async () => {
    const { file, reload, swapped, logger } = started(text());
    const second = `  second: { type: oidc, issuer: https://two.example, clientId: app, credential: { type: none } }\n`;
    writeFileSync(file, text({ providers: second, more: '    login: second\n' }));
    expect(await reload.run('SIGHUP')).toBe('refused');
    expect(swapped).toEqual([]);
    expect(JSON.stringify(logger.lines)).toContain('leads to a provider that is there after a restart only');
  });

  it('keeps an upstream it names no more until requests let in by an old route have left', async () => {
    const { file, reload, swapped } = started(text());
    writeFileSync(file, text({ upstream: 'bills' }));
    await reload.run('SIGHUP');
    expect(swapped.at(-1)?.upstreams.map(({ name }) => name)).toEqual(['bills', 'orders']);
  });

  it('lets go of it later', async () => {
    jest.useFakeTimers();
    try {
      const { file, reload, swapped } = started(text());
      writeFileSync(file, text({ upstream: 'bills' }));
      await reload.run('SIGHUP');
      jest.advanceTimersByTime(10_000);
      expect(swapped.map(({ upstreams }) => upstreams.length)).toEqual([2, 1]);
    } finally {
      jest.useRealTimers();
    }
  });

  it('leaves the old one where putting it in force fails, and tries again the next time', async () => {
    const { file, reload, swapped, options, logger } = started(text(), { failing: true });
    writeFileSync(file, text({ path: '/b/**' }));
    expect(await reload.run('SIGHUP')).toBe('refused');
    expect(logger.lines.map(({ level }) => level)).toEqual(['error']);
    options.failing = false;
    expect(await reload.run('SIGHUP')).toBe('reloaded');
    expect(leads(swapped, '/b/1')).toBe('matched');
  });

  it('is read once after the other, the last time as it was last written', async () => {
    const { file, reload, swapped } = started(text());
    const runs = Array.from({ length: 10 }, (_, round) => {
      writeFileSync(file, text({ path: `/r${round}/**` }));
      return reload.run('SIGHUP');
    });
    await Promise.all(runs);
    expect(leads(swapped, '/r9/1')).toBe('matched');
  });
});

describe('a file that is followed', () => {
  it.each<[string, (file: string, folder: string) => void]>([
    ['written in place', (file) => writeFileSync(file, text({ path: '/b/**' }))],
    [
      'replaced, as editors do',
      (file, folder) => {
        writeFileSync(join(folder, '.gateway.yaml.swp'), text({ path: '/b/**' }));
        renameSync(join(folder, '.gateway.yaml.swp'), file);
      },
    ],
    [
      'away for a moment',
      (file) => {
        rmSync(file);
        writeFileSync(file, text({ path: '/b/**' }));
      },
    ],
  ])('takes effect when it is %s', async (_how, change) => {
    const { file, folder, swapped, follow } = started(text());
    follow();
    change(file, folder);
    await eventually(() => expect(leads(swapped, '/b/1')).toBe('matched'));
  });

  it('takes effect when it was written between the start and the watch', async () => {
    const { file, swapped, follow } = started(text());
    writeFileSync(file, text({ path: '/b/**' }));
    follow();
    await eventually(() => expect(leads(swapped, '/b/1')).toBe('matched'));
  });

  it('takes effect when Kubernetes swaps the link to a mounted ConfigMap', async () => {
    const { file, folder, swapped, follow } = started(text());
    const mount = (name: string, content: string) => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'gateway.yaml'), content);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    mount('..2026_01', text());
    rmSync(file);
    symlinkSync('..data/gateway.yaml', file);
    follow();
    mount('..2026_02', text({ path: '/b/**' }));
    await eventually(() => expect(leads(swapped, '/b/1')).toBe('matched'));
    // The folder of the old one goes away afterwards.
    rmSync(join(folder, '..2026_01'), { recursive: true });
    mount('..2026_03', text({ path: '/c/**' }));
    await eventually(() => expect(leads(swapped, '/c/1')).toBe('matched'));
  });

  it('takes effect on SIGHUP, and not at all once it is followed no more', async () => {
    const { file, swapped, follow, logger } = started(text());
    follow();
    process.emit('SIGHUP', 'SIGHUP');
    writeFileSync(file, text({ path: '/b/**' }));
    process.emit('SIGHUP', 'SIGHUP');
    await eventually(() => expect(leads(swapped, '/b/1')).toBe('matched'));
    stops.splice(0).forEach((stop) => stop());
    expect(process.listenerCount('SIGHUP')).toBe(0);
    const before = logger.lines.length;
    writeFileSync(file, text({ path: '/c/**' }));
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([swapped.length, logger.lines.length]).toEqual([1, before]);
  });
});
