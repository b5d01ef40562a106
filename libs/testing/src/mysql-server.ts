import { createConnection, type Connection } from 'mysql2/promise';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild, type Child } from './child.js';
import { eventually } from './eventually.js';
import { findProgram, requireProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { testFolder } from './test-folder.js';

const run = promisify(execFile);

/** A private MySQL or MariaDB on 127.0.0.1 that a test may harm. */
export class MysqlServer {
  private child: Child | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async launch(): Promise<MysqlServer> {
    const folder = testFolder('mysql');
    const server = new MysqlServer(await freePort(), folder);
    await server.initialise();
    await server.start();
    return server;
  }

  /** Address of the server's own administrative account. */
  get url(): string {
    return `mysql://root@127.0.0.1:${this.port}`;
  }

  /** Starts it on the same port with the data it had. */
  async start(): Promise<void> {
    const args = [
      '--no-defaults',
      ...this.asUser(),
      ...this.places(),
      `--socket=${join(this.folder, 'sock')}`,
      `--pid-file=${join(this.folder, 'pid')}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=32M',
      '--skip-name-resolve',
    ];
    this.child = startChild(this.program, args);
    await eventually(() => this.withConnection((connection) => connection.query('SELECT 1')), { timeoutMs: 30_000 });
  }

  /** SIGTERM: an orderly shutdown. */
  async stop(): Promise<void> {
    await this.child?.stop(20_000);
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    await this.child?.kill();
  }

  pause(): void {
    this.child?.pause();
  }

  resume(): void {
    this.child?.resume();
  }

  /** A fresh database and an account that owns nothing else. */
  async createDatabase(): Promise<{ url: string; name: string }> {
    const name = `t_${randomBytes(6).toString('hex')}`;
    await this.withConnection(async (connection) => {
      await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
      await connection.query(`CREATE USER '${name}'@'%' IDENTIFIED BY '${name}'`);
      await connection.query(`GRANT ALL ON ${name}.* TO '${name}'@'%'`);
    });
    return { url: `mysql://${name}:${name}@127.0.0.1:${this.port}/${name}`, name };
  }

  private get program(): string {
    return requireProgram('MySQL or MariaDB', 'mysqld', 'mariadbd');
  }

  private get dataFolder(): string {
    return join(this.folder, 'data');
  }

  /** Two servers that share one for their temporary tables delete each other's. */
  private get scratchFolder(): string {
    return join(this.folder, 'scratch');
  }

  private places(): string[] {
    return [`--datadir=${this.dataFolder}`, `--tmpdir=${this.scratchFolder}`];
  }

  private async initialise(): Promise<void> {
    const installer = findProgram('mariadb-install-db');
    mkdirSync(this.dataFolder);
    mkdirSync(this.scratchFolder);
    this.giveTo('mysql', this.folder, this.dataFolder, this.scratchFolder);
    if (installer) {
      const args = ['--no-defaults', ...this.asUser(), ...this.places(), '--skip-test-db'];
      await run(installer, [...args, '--auth-root-authentication-method=normal']);
    } else {
      await run(this.program, ['--no-defaults', ...this.asUser(), ...this.places(), '--initialize-insecure']);
    }
  }

  /** The servers refuse to run as root unless told which account to become. */
  private asUser(): string[] {
    return userInfo().uid === 0 ? ['--user=mysql'] : [];
  }

  private giveTo(account: string, ...folders: string[]): void {
    if (userInfo().uid !== 0) return;
    const [, , uid = '', gid = ''] = accountLine(account).split(':');
    for (const folder of folders) chownSync(folder, Number(uid), Number(gid));
  }

  private async withConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await createConnection({ uri: this.url, connectTimeout: 2_000 });
    try {
      return await use(connection);
    } finally {
      connection.destroy();
    }
  }
}

function accountLine(account: string): string {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${account}:`));
  if (!line) throw new Error(`There is no account "${account}" to run the database server as.`);
  return line;
}

export function startMysql(): Promise<MysqlServer> {
  return MysqlServer.launch();
}
