import { createConnection, type Connection } from 'mysql2/promise';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startChild, type Child } from './child.js';
import { eventually } from './eventually.js';
import { requireProgram } from './find-program.js';
import { freePort } from './free-port.js';
import { accountArgs, DATA_ARGS, placeMysqlData } from './mysql-data.js';
import { testFolder } from './test-folder.js';

/** A private MySQL or MariaDB on 127.0.0.1 that a test may harm. */
export class MysqlServer {
  private child: Child | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly args: readonly string[],
  ) {}

  static async launch({ args = [], port }: MysqlServerOptions = {}): Promise<MysqlServer> {
    const folder = testFolder('mysql');
    const server = new MysqlServer(port ?? (await freePort()), folder, args);
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
      ...accountArgs(),
      ...DATA_ARGS,
      ...this.places(),
      `--socket=${join(this.folder, 'sock')}`,
      `--pid-file=${join(this.folder, 'pid')}`,
      `--port=${this.port}`,
      '--bind-address=127.0.0.1',
      '--character-set-server=utf8mb4',
      '--innodb-buffer-pool-size=32M',
      '--skip-name-resolve',
      // Handed to the kernel at each commit, which outlives the server; not to the disk, which outlives the machine.
      '--loose-innodb-flush-log-at-trx-commit=2',
      ...this.args,
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
    mkdirSync(this.scratchFolder);
    await placeMysqlData(this.program, this.dataFolder);
  }

  private async withConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await createConnection({ uri: this.url, connectTimeout: 10_000 });
    try {
      return await use(connection);
    } finally {
      connection.destroy();
    }
  }
}

export interface MysqlServerOptions {
  /** Further command-line arguments of the server. */
  readonly args?: readonly string[];
  /** In place of another one that is gone. @default a free one */
  readonly port?: number;
}

export function startMysql(options?: MysqlServerOptions): Promise<MysqlServer> {
  return MysqlServer.launch(options);
}
