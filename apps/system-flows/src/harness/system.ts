import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { type MysqlServer, type RedisServer, startMysql, startRedis, testFolder } from '@gatehouse/testing';
import { AppProcess } from './app-process.js';
import { Device, type Person, somebody } from './device.js';
import type { Answer } from './http.js';
import { RedisAccounts } from './redis-accounts.js';
import { SecretVault } from './secret-vault.js';

export interface SystemOptions {
  /** @default 2 */
  readonly auths?: number;
  /** @default 2 */
  readonly orders?: number;
  /** Further settings of the auth service. */
  readonly authEnv?: Readonly<Record<string, string>>;
  /** Further settings of the orders service. */
  readonly ordersEnv?: Readonly<Record<string, string>>;
}

/** Settings; an `undefined` takes one away. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Auth and orders processes on a Redis and a MySQL of their own, all of which a test may harm. At Redis each has the account of its role, as
 * in production: what a role needs and has no right to fails here.
 */
export class System {
  readonly vault = new SecretVault();
  readonly auths: AppProcess[] = [];
  readonly orders: AppProcess[] = [];
  private turn = 0;

  private constructor(
    readonly redis: RedisServer,
    readonly accounts: RedisAccounts,
    readonly mysql: MysqlServer,
    private readonly authEnv: Readonly<Record<string, string>>,
    private readonly ordersEnv: Readonly<Record<string, string>>,
  ) {}

  static async start({ auths = 2, orders = 2, authEnv = {}, ordersEnv = {} }: SystemOptions = {}): Promise<System> {
    const password = randomBytes(18).toString('hex');
    const accounts = new RedisAccounts();
    const [redis, mysql] = await Promise.all([startRedis({ password, args: accounts.args }), startMysql()]);
    const database = await mysql.createDatabase();
    const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const trustAnchor = root.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const secrets = {
      REVOCATION_STREAM_TOKEN: randomBytes(24).toString('hex'),
      KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      ROOT_SIGNING_KEY: root.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    };
    const system = new System(
      redis,
      accounts,
      mysql,
      {
        ...secrets,
        REDIS_URL: accounts.url(redis, 'gatehouse-auth'),
        DATABASE_URL: database.url,
        DATA_DIR: testFolder('auth'),
        ISSUER: 'http://auth.test',
        RATE_LIMIT_ENABLED: 'false',
        // A crowd is to be served here, not turned away.
        HASHING_QUEUE: '1000',
        HASHING_MAX_WAIT_MS: '60000',
        ...authEnv,
      },
      // All that a service needs to be told.
      { REDIS_URL: accounts.url(redis, 'gatehouse-orders'), AUTH_TRUST_ANCHOR: trustAnchor, ...ordersEnv },
    );
    for (const [name, secret] of Object.entries(secrets)) system.vault.add(name, secret);
    system.vault.add('the password of Redis', password);
    for (const account of ['gatehouse-auth', 'gatehouse-orders', 'gatehouse-gateway'] as const)
      system.vault.add(`the password of ${account} at Redis`, accounts.password(account));
    system.vault.add('the address of the database', database.url);
    await Promise.all(Array.from({ length: auths }, () => system.startAuth()));
    await Promise.all(Array.from({ length: orders }, () => system.startOrders()));
    return system;
  }

  /** What services without Redis show to read the feed, and to report. */
  get streamToken(): string {
    return this.authEnv['REVOCATION_STREAM_TOKEN'] ?? '';
  }

  /**
   * @param env - settings of this process alone
   * @param main - what to run in place of what is built: another version
   */
  async startAuth(env: Environment = {}, main?: string): Promise<AppProcess> {
    const app = await AppProcess.launch('auth', { ...this.authEnv, ...env }, main);
    this.auths.push(app);
    return app;
  }

  /**
   * One more orders process: it knows only what it can learn from Redis.
   *
   * @param env - settings of this process alone
   * @param main - what to run in place of what is built: another version
   */
  async startOrders(env: Environment = {}, main?: string): Promise<AppProcess> {
    const app = await AppProcess.launch('orders', { ...this.ordersEnv, DATA_DIR: testFolder('orders'), ...env }, main);
    this.orders.push(app);
    return app;
  }

  /** Public root key: all that a service has to be told. */
  get trustAnchor(): string {
    return this.ordersEnv['AUTH_TRUST_ANCHOR'] ?? '';
  }

  /** Lets a service in, from the shell of the auth service. */
  letIn(name: string, scope: string): { readonly clientId: string; readonly clientSecret: string } {
    const file = join(testFolder('client'), 'credentials.json');
    const main = join(__dirname, '../../../auth/dist/service-account-cli.js');
    execFileSync(process.execPath, [main, '--name', name, '--scope', scope, '--credentials', file], {
      env: { ...process.env, ...this.authEnv },
      stdio: 'pipe',
    });
    const credentials = JSON.parse(readFileSync(file, 'utf8')) as { clientId: string; clientSecret: string };
    this.vault.add('the secret of a service account', credentials.clientSecret);
    return credentials;
  }

  /** The database of the auth service. */
  get databaseUrl(): string {
    return this.authEnv['DATABASE_URL'] ?? '';
  }

  /** The auth processes in turn, so that no two steps of a story meet the same one. */
  readonly auth = (): AppProcess => this.auths[this.turn++ % this.auths.length]!;

  signUp(person: Person): Promise<Answer> {
    this.vault.add('a password', person.password);
    return this.auth().ask('/api/v1/auth/signup', { method: 'POST', body: person });
  }

  signIn(person: Person): Promise<Answer> {
    this.vault.add('a password', person.password);
    return this.auth().ask('/api/v1/auth/signin', { method: 'POST', body: person });
  }

  /** A device of `person`, signed in; of somebody new when nobody is named. */
  async device(person?: Person): Promise<Device> {
    const device = new Device(this.auth, this.vault);
    device.keep(await this.signIn(person ?? (await this.member())));
    return device;
  }

  /** Somebody with the role `admin`, who has just signed up. */
  async administrator(): Promise<Person> {
    const person = await this.member();
    await this.sql('UPDATE users SET roles = ? WHERE email = ?', '["user","admin"]', person.email);
    return person;
  }

  /** Asks the database of the auth service past the service. */
  async sql(statement: string, ...values: string[]): Promise<unknown> {
    const connection = await createConnection(this.authEnv['DATABASE_URL'] ?? '');
    try {
      return (await connection.execute(statement, values))[0];
    } finally {
      await connection.end();
    }
  }

  /** Somebody who has just signed up. */
  async member(): Promise<Person> {
    const person = somebody();
    const answer = await this.signUp(person);
    if (answer.status !== 201) throw new Error(`sign-up answered ${answer.status}: ${answer.text}`);
    return person;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.auths, ...this.orders].map((app) => app.stop()));
    await Promise.all([this.redis.kill(), this.mysql.kill()]);
  }

  /** Which kinds of secrets any process has written anywhere. */
  leaks(): string[] {
    return [...this.auths, ...this.orders].flatMap((app) =>
      this.vault.findIn(app.output()).map((kind) => `${app.name} wrote ${kind}`),
    );
  }

  /** Lines all processes have written. */
  lineCount(): number {
    return [...this.auths, ...this.orders].reduce((sum, app) => sum + app.output().split('\n').length, 0);
  }
}

/** The last test of each file: whatever it did, nothing of it may have been written down. */
export function itLogsNoSecret(system: () => System): void {
  it('has written no password, token or key to any log (I13, C27)', async () => {
    await system().stop();
    expect(system().lineCount()).toBeGreaterThan(10);
    expect(system().vault.size).toBeGreaterThan(4);
    expect(system().leaks()).toEqual([]);
  });
}
