import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeSecrets } from '../../../docker/secrets.mjs';
import { freePort, testFolder } from '../../../libs/testing/dist/index.js';
import { providePeers } from '../../run/peers.mjs';
import { TOP } from '../../run/top.mjs';
import { SiteClient } from './client.mjs';
import { placed } from './placed.mjs';
import { Program } from './program.mjs';
import { startDatabase, startRedisWithSentinels } from './stores.mjs';

const run = promisify(execFile);
const ISSUER = 'https://api.example.com';
const NAMES = new URL('example-names.mjs', import.meta.url);

/**
 * What docker/compose.yaml runs, as processes of this machine and with the same files: Redis with Sentinels, MariaDB, migrations, two auth
 * services, two of orders, two gateways, a development identity provider, NGINX with TLS. All in production mode.
 *
 * @param {import('../report.mjs').Report} report - is told each step, and takes everything down at the end
 * @param {{ authEnv?: Record<string, string> }} [options] - further settings of the auth services
 */
export async function startSite(report, { authEnv = {} } = {}) {
  await report.step('programs are there', () => providePeers((text) => report.say(`    ${text}`)));
  const secrets = testFolder('secrets');
  await report.step('secrets are made', async () => makeSecrets(secrets));
  const ports = await freePorts([
    'http',
    'https',
    'status',
    'inside',
    'idp',
    'auth1',
    'auth2',
    'orders1',
    'orders2',
    'gateway1',
    'gateway2',
  ]);
  const site = new Site(report, secrets, ports);
  await report.step('Redis: a primary, a replica, three Sentinels', async () => {
    site.redis = await startRedisWithSentinels(secrets);
    report.atEnd('Redis', () => site.redis.stop());
  });
  await report.step('MariaDB, with an account for each job', async () => {
    site.mysql = await startDatabase(secrets);
    report.atEnd('MariaDB', () => site.mysql.stop());
  });
  await report.step('tables are made by the account that may', () => site.migrate());
  await report.step('two auth services', () => site.startAll('auth', site.authEnv(authEnv)));
  await report.step('the gateway is let in', () => site.letGatewayIn());
  await report.step('two of orders', () => site.startAll('orders', site.ordersEnv()));
  await report.step('a development identity provider', () => site.startProvider());
  await report.step('NGINX, with TLS', () => site.startNginx());
  await report.step('two gateways', () => site.startAll('gateway', site.gatewayEnv()));
  site.client = new SiteClient({ port: ports.https, ca: readFileSync(join(secrets, 'tls-cert.pem'), 'utf8') });
  report.atEnd('connections', () => site.client.close());
  return site;
}

async function freePorts(names) {
  const found = {};
  for (const name of names) found[name] = await freePort();
  return found;
}

class Site {
  /** @type {Program[]} */
  auth = [];
  /** @type {Program[]} */
  orders = [];
  /** @type {Program[]} */
  gateway = [];

  constructor(report, secrets, ports) {
    this.report = report;
    this.secrets = secrets;
    this.ports = ports;
    /** Where apps with tokens go: `https://api.example.com:<port>`. */
    this.api = `https://api.example.com:${ports.https}`;
    /** Where browsers go. */
    this.app = `https://app.example.com:${ports.https}`;
    this.provider = `https://idp.example.com:${ports.https}`;
  }

  /** All our services. */
  get services() {
    return [...this.auth, ...this.orders, ...this.gateway];
  }

  secret(name) {
    return readFileSync(join(this.secrets, name), 'utf8');
  }

  authEnv(more = {}) {
    const { secrets } = this;
    this.settingsOfAuth ??= {
      NODE_ENV: 'production',
      PUBLIC_URL: ISSUER,
      DB_HOST: '127.0.0.1',
      DB_PORT: String(this.mysql.port),
      DB_USER: 'gatehouse-auth',
      DB_NAME: 'gatehouse',
      DB_PASSWORD_FILE: join(secrets, 'mysql-auth-password'),
      ...this.redis.env('auth'),
      KEY_ENCRYPTION_KEY_FILE: join(secrets, 'key-encryption-key'),
      ROOT_SIGNING_KEY_FILE: join(secrets, 'root-signing-key'),
      IDENTITY_PROVIDERS_FILE: this.#providersOfAuth(),
      TRUSTED_PROXIES: '127.0.0.1',
      NODE_EXTRA_CA_CERTS: join(secrets, 'tls-cert.pem'),
      ...more,
    };
    return this.settingsOfAuth;
  }

  ordersEnv() {
    return {
      NODE_ENV: 'production',
      DATABASE_URL: this.secret('orders-database-url').replace('@mysql:3306', `@127.0.0.1:${this.mysql.port}`),
      AUTH_TRUST_ANCHOR: this.secret('trust-anchor'),
      ...this.redis.env('orders'),
      TRUSTED_PROXIES: '127.0.0.1',
    };
  }

  gatewayEnv() {
    const { ports, secrets } = this;
    const places = {
      '10.77.1.10': '127.0.0.1',
      'http://nginx:8090': `http://127.0.0.1:${ports.inside}`,
      '/run/secrets': secrets,
      'https://idp.example.com': this.provider,
      'http://orders-1:8081': `http://127.0.0.1:${ports.orders1}`,
      'http://orders-2:8081': `http://127.0.0.1:${ports.orders2}`,
    };
    return {
      NODE_ENV: 'production',
      GATEWAY_CONFIG: placed('docker/gateway/demo.yaml', places, join(testFolder('gateway'), 'gateway.yaml')),
      PUBLIC_URL: this.app,
      AUTH_ISSUER: ISSUER,
      AUTH_TRUST_ANCHOR: this.secret('trust-anchor'),
      GATEWAY_CLIENT_ID: this.secret('gateway-client-id'),
      ...this.redis.env('gateway'),
      NODE_EXTRA_CA_CERTS: join(secrets, 'tls-cert.pem'),
    };
  }

  /** Two of an app, side by side. */
  async startAll(app, env) {
    const started = [1, 2].map((i) => this.service(app, i, env));
    this[app].push(...started);
    for (const one of started) this.report.atEnd(one.name, () => one.stop());
    await Promise.all(started.map((one) => one.start()));
  }

  service(app, i, env) {
    const port = this.ports[`${app}${i}`];
    return new Program(`${app} ${i}`, process.execPath, [...NODE_OPTIONS, join(TOP, 'apps', app, 'dist/main.js')], {
      env: { ...env, PORT: String(port) },
      cwd: testFolder(app),
      port,
      readyPath: '/ready',
    });
  }

  /** The jobs that compose.yaml runs before the services. */
  async migrate() {
    const account = { DB_USER: 'gatehouse-migrate', DB_PASSWORD_FILE: join(this.secrets, 'mysql-migrate-password') };
    const database = { DB_HOST: '127.0.0.1', DB_PORT: String(this.mysql.port), DB_NAME: 'gatehouse' };
    await this.#job('auth/dist/migrate-cli.js', [], { ...database, ...account });
    const url = this.secret('orders-migrate-url').replace('@mysql:3306', `@127.0.0.1:${this.mysql.port}`);
    await this.#job('orders/dist/migrate-cli.js', [], { DATABASE_URL: url });
  }

  async letGatewayIn() {
    const credentials = join(this.secrets, 'gateway-client.json');
    const args = ['--name', 'Gateway', '--scope', 'federation', '--credentials', credentials, '--adopt'];
    await this.#job('auth/dist/service-account-cli.js', args, this.authEnv());
  }

  async startProvider() {
    const { ports } = this;
    const env = {
      PORT: String(ports.idp),
      PUBLIC_URL: this.provider,
      CLIENT_SECRET: this.secret('dev-idp-client-secret'),
      REDIRECT_URIS: `${this.app}/_gw/callback/dev`,
      POST_LOGOUT_REDIRECT_URIS: `${this.app}/_gw/signed-out`,
      BACKCHANNEL_LOGOUT_URI: `http://127.0.0.1:${ports.gateway1}/_gw/oidc/dev/backchannel`,
    };
    const main = join(TOP, 'apps/dev-idp/dist/main.js');
    const how = { env, cwd: testFolder('dev-idp'), port: ports.idp };
    this.idp = await new Program('dev-idp', process.execPath, [main], how).start();
    this.report.atEnd('dev-idp', () => this.idp.stop());
  }

  async startNginx() {
    const { ports, secrets } = this;
    const folder = testFolder('nginx');
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, 'more'));
    const here = (name) => `127.0.0.1:${ports[name]}`;
    const listens = { 'listen 443': `listen ${here('https')}` };
    const idp = { ...listens, 'dev-idp:8083': here('idp') };
    placed('docker/nginx/development-idp.conf', idp, join(folder, 'more/development-idp.conf'));
    const places = {
      'listen 8088': `listen ${here('status')}`,
      'listen 8090': `listen ${here('inside')}`,
      'listen 80': `listen ${here('http')}`,
      ...listens,
      'auth-1:8080': here('auth1'),
      'auth-2:8080': here('auth2'),
      'orders-1:8081': here('orders1'),
      'orders-2:8081': here('orders2'),
      'gateway-1:8082': here('gateway1'),
      'gateway-2:8082': here('gateway2'),
      'https://api.example.com$request_uri': `${this.api}$request_uri`,
      'https://app.example.com$request_uri': `${this.app}$request_uri`,
      '/etc/nginx/tls/cert.pem': join(secrets, 'tls-cert.pem'),
      '/etc/nginx/tls/key.pem': join(secrets, 'tls-key.pem'),
      '/etc/nginx/more/': join(folder, 'more/'),
      '/run/nginx.pid': join(folder, 'nginx.pid'),
      '/var/log/nginx': folder,
    };
    const file = placed('docker/nginx/gatehouse.conf', places, join(folder, 'nginx.conf'));
    const args = ['-g', 'daemon off;', '-e', join(folder, 'error.log'), '-c', file];
    this.nginx = await new Program('NGINX', 'nginx', args, { port: ports.https }).start();
    this.nginxFolder = folder;
    this.report.atEnd('NGINX', () => this.nginx.stop());
  }

  #providersOfAuth() {
    const file = join(testFolder('auth'), 'identity-providers');
    writeFileSync(file, this.secret('identity-providers').replace('https://idp.example.com', this.provider));
    return file;
  }

  async #job(script, args, env) {
    const { PATH, HOME } = process.env;
    const cwd = testFolder('job');
    await run(process.execPath, [join(TOP, 'apps', script), ...args], { env: { PATH, HOME, ...env }, cwd });
  }
}

/** As the images start services. */
const NODE_OPTIONS = ['--enable-source-maps', '--max-semi-space-size=64', '--import', NAMES.href];
