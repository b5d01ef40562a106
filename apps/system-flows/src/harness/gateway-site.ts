import { randomBytes } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, eventually, freePort, testFolder } from '@gatehouse/testing';
import {
  type Person,
  type ScriptedProvider,
  type ScriptedProviderOptions,
  startScriptedProvider,
} from '@gatehouse/oidc/testing';
import { AnswerGate } from './answer-gate.js';
import { AppProcess } from './app-process.js';
import { type Certificate, selfMadeCertificate } from './certificate.js';
import { startDaemon, type Substitutions, writeSubstituted } from './daemon.js';
import { type Echo, EchoUpstream } from './echo-upstream.js';
import { System } from './system.js';
import { WebBrowser } from './web-browser.js';

export const PROVIDER = 'corporate';

export interface GatewaySiteOptions {
  readonly provider?: ScriptedProviderOptions;
  readonly authEnv?: Readonly<Record<string, string>>;
  readonly ordersEnv?: Readonly<Record<string, string>>;
  readonly gatewayEnv?: Readonly<Record<string, string>>;
  readonly session?: Readonly<Record<string, unknown>>;
}

/** Somebody's browser, signed in, and what a test must know about the session. */
export interface SignedIn {
  readonly browser: WebBrowser;
  readonly cookie: string;
  readonly sid: string;
  /** Of the provider's own session. */
  readonly providerSid: string;
  /** What services behind the gateway get. */
  readonly accessToken: string;
}

/** Two gateways on one Redis behind Debian's NGINX with its file from `docker/`, auth, orders, and an identity provider. */
export class GatewaySite {
  readonly gateways: AppProcess[] = [];
  private readonly daemons: Child[] = [];

  private constructor(
    readonly system: System,
    readonly provider: ScriptedProvider,
    readonly upstream: EchoUpstream,
    readonly certificate: Certificate,
    /** Where NGINX listens: https. */
    readonly port: number,
    /** Between the gateways and the auth service. */
    readonly gate: AnswerGate,
  ) {}

  /** `https://localhost:<port>`: what browsers know. */
  get origin(): string {
    return `https://localhost:${this.port}`;
  }

  static async start(options: GatewaySiteOptions = {}): Promise<GatewaySite> {
    const { provider: how, authEnv = {}, ordersEnv = {}, gatewayEnv = {}, session = {} } = options;
    const [provider, upstream, port] = await Promise.all([
      startScriptedProvider(how),
      EchoUpstream.start(),
      freePort(),
    ]);
    const system = await System.start({
      auths: 1,
      orders: 1,
      authEnv: {
        IDENTITY_PROVIDERS: JSON.stringify({ [PROVIDER]: provider.settings() }),
        MAX_SESSIONS_PER_USER: '100',
        ...authEnv,
      },
      ordersEnv,
    });
    system.vault.add('the secret of the provider’s client', provider.clientSecret);
    const gate = await AnswerGate.start(system.auth().url);
    const site = new GatewaySite(system, provider, upstream, selfMadeCertificate(['app.example.com']), port, gate);
    const file = site.writeGatewayFile(system.letIn('Gateway', 'federation'), session);
    await Promise.all([1, 2].map(() => site.startGateway(file, gatewayEnv)));
    await site.startNginx('docker/nginx/gateway.conf', port);
    // Everybody has met everybody once: what a first time costs on a busy machine is not what is asked about.
    await site.settled();
    await eventually(() => site.signIn(), { timeoutMs: 30_000, everyMs: 200 });
    return site;
  }

  /** Signs somebody new in, or a person of the provider. @param origin - where else than behind NGINX */
  async signIn(person: Person = this.provider.people.add()): Promise<SignedIn> {
    this.provider.people.choose(person);
    const browser = new WebBrowser(this.origin);
    const answer = await browser.go('/echo/me');
    if (answer.status !== 200) throw new Error(`the login ended with ${answer.status}: ${answer.text}`);
    const cookie = browser.cookies();
    const [sid = '', secret = ''] = (browser.cookie('__Host-gw') ?? '').split('.');
    const { rawHeaders } = answer.json as Echo;
    const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization');
    const accessToken = (rawHeaders[at + 1] ?? '').replace('Bearer ', '');
    this.system.vault.add('the secret of a session cookie', secret);
    this.system.vault.add('an access token', accessToken);
    const providerSid = browser.cookie('scripted_sid', this.provider.origin) ?? '';
    return { browser, cookie, sid, providerSid, accessToken };
  }

  /** Debian's NGINX with a file of the repository; only ports, names and paths are put in. */
  async startNginx(file: string, port: number, more: Substitutions = {}): Promise<Child> {
    const folder = testFolder('nginx');
    chmodSync(folder, 0o755);
    const [first, second] = this.gateways;
    const places: Record<string, string> = {
      '127.0.0.1:8082': `127.0.0.1:${first?.port}`,
      '127.0.0.1:8083': `127.0.0.1:${second?.port}`,
      'listen 443': `listen 127.0.0.1:${port}`,
      'app.example.com': 'localhost',
      '/etc/nginx/tls/cert.pem': this.certificate.certFile,
      '/etc/nginx/tls/key.pem': this.certificate.keyFile,
      '/run/nginx.pid': join(folder, 'nginx.pid'),
      '/var/log/nginx': folder,
      ...more,
    };
    if (file.endsWith('/gateway.conf')) {
      places['listen 80'] = `listen 127.0.0.1:${await freePort()}`;
      places['127.0.0.1:8080'] = new URL(this.system.auths[0]?.url ?? '').host;
      places['https://localhost$request_uri'] = `${this.origin}$request_uri`;
    }
    const config = writeSubstituted(file, places, join(folder, 'nginx.conf'));
    const child = await startDaemon(
      'nginx',
      ['-g', 'daemon off;', '-e', join(folder, 'error.log'), '-c', config],
      port,
    );
    this.daemons.push(child);
    return child;
  }

  /** Both gateways answer for themselves again. */
  async settled(): Promise<void> {
    await eventually(
      async () => {
        for (const gateway of this.gateways) expect((await gateway.ask('/ready')).status).toBe(200);
      },
      { timeoutMs: 20_000, everyMs: 100 },
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.daemons, ...this.gateways].map((one) => one.stop()));
    this.upstream.close();
    this.gate.close();
    await Promise.all([this.system.stop(), this.provider.close()]);
  }

  /** Which kinds of secrets any process has written anywhere. */
  leaks(): string[] {
    const written = this.gateways.flatMap((app) =>
      this.system.vault.findIn(app.output()).map((kind) => `${app.name} wrote ${kind}`),
    );
    return [...written, ...this.system.leaks()];
  }

  private async startGateway(file: string, env: Readonly<Record<string, string>>): Promise<void> {
    const gateway = await AppProcess.launch('gateway', { GATEWAY_CONFIG: file, LOG_LEVEL: 'info', ...env });
    this.gateways.push(gateway);
  }

  private writeGatewayFile(client: object, session: Readonly<Record<string, unknown>>): string {
    const { system, provider, upstream } = this;
    const key = randomBytes(32).toString('base64');
    system.vault.add('the key of the sessions', key);
    const orders = system.orders.map(({ url }) => url);
    const settings = {
      version: 1,
      server: { listen: '127.0.0.1:8082', publicUrl: this.origin, trustedProxies: ['127.0.0.1/32'], replicas: 2 },
      auth: { url: this.gate.url, ...client, issuer: 'http://auth.test', trustAnchor: system.trustAnchor },
      providers: { [PROVIDER]: provider.settings() },
      session: { store: 'redis', url: system.accounts.url(system.redis, 'gatehouse-gateway'), keys: [key], ...session },
      forwardAuth: true,
      upstreams: { orders: { targets: orders }, echo: { targets: [upstream.url] } },
      routes: [
        { match: { path: '/api/**' }, upstream: 'orders', timeout: { idle: '0s' } },
        { match: { path: '/echo/**' }, upstream: 'echo', timeout: { idle: '0s' } },
        { match: { path: '/named/**' }, upstream: 'echo', identity: 'headers' },
        { match: { path: '/ws/**' }, upstream: 'echo', websocket: true, timeout: { idle: '0s' } },
        { match: { path: '/public/**' }, upstream: 'echo', auth: 'none' },
        { match: { path: '/admin/**' }, upstream: 'echo', auth: { anyRole: ['admin'] } },
      ],
    };
    const file = join(testFolder('gateway'), 'gateway.yaml');
    writeFileSync(file, JSON.stringify(settings), { mode: 0o600 });
    return file;
  }
}
