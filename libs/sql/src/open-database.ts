import libsql from 'libsql';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DataSourceOptions, EntitySchema, MigrationInterface } from 'typeorm';
import { orUnavailable } from './failures.js';
import { GatehouseDataSource } from './gatehouse-data-source.js';
import type { DatabaseSettings, Dialect } from './settings.js';

export interface OpenDatabaseOptions {
  readonly entities: (dialect: Dialect) => readonly EntitySchema<never>[];
  readonly migrations: readonly (new () => MigrationInterface)[];
  /** Connections at the most, MySQL only. @default 10 */
  readonly poolSize?: number;
  /** Told when the database comes up, and of each failed attempt. */
  readonly onStatus?: (status: 'up' | 'down', cause?: unknown) => void;
}

/** Locks belong to the whole server, and are named with 64 characters at the most. */
const LOCK = "CONCAT('gatehouse.', SHA1(DATABASE()))";

/**
 * Of each connection. Whoever waits for a row has been given up after a second; by default the server would let them wait for 50,
 * and keep the connection from everybody else. What is read is what is committed: the stricter default locks gaps between rows,
 * and then one delivery of pending rows would block all who want to add one.
 */
const MANNERS = ['SET SESSION innodb_lock_wait_timeout = 1', 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED'];

/** What is used here of the driver's. */
interface MysqlPool {
  on(
    event: 'connection',
    listener: (connection: { query(text: string, done: (error: unknown) => void): unknown }) => void,
  ): void;
}

/** A database that may be away. */
export class Database {
  private connected = false;
  private closed = false;
  private readonly connecting: Promise<void>;

  constructor(
    readonly dialect: Dialect,
    readonly dataSource: GatehouseDataSource,
    private readonly onStatus: OpenDatabaseOptions['onStatus'],
  ) {
    this.connecting = this.connectUntilItWorks();
  }

  /** Resolves once it is connected and migrated. */
  async ready(timeoutMs = 30_000): Promise<void> {
    await orUnavailable(() => this.connecting, timeoutMs);
  }

  /** @throws {DatabaseUnavailable} unless it answers. @returns how long that took, in ms */
  async ping(): Promise<number> {
    const startedMs = performance.now();
    await orUnavailable(async () => {
      if (!this.connected) throw new Error('not connected yet');
      await this.dataSource.query('SELECT 1');
    }, 500);
    return performance.now() - startedMs;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.connecting.catch(() => undefined);
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async connectUntilItWorks(): Promise<void> {
    for (let attempt = 1; !this.closed; attempt++) {
      try {
        await this.connectAndMigrate();
        this.connected = true;
        this.onStatus?.('up');
        return;
      } catch (cause) {
        this.onStatus?.('down', cause);
        if (this.dataSource.isInitialized) await this.dataSource.destroy().catch(() => undefined);
        await new Promise((resolve) => setTimeout(resolve, Math.min(2_000, 100 * 2 ** Math.min(attempt, 5))));
      }
    }
  }

  /** Once per connection: said of each transaction anew, it would be a statement more for each. */
  private async teachManners(): Promise<void> {
    const { pool } = this.dataSource.driver as unknown as { readonly pool: MysqlPool };
    pool.on('connection', (connection) => {
      for (const statement of MANNERS) connection.query(statement, () => undefined);
    });
    // The one that was opened to see whether anybody is there.
    for (const statement of MANNERS) await this.dataSource.query(statement);
  }

  private async connectAndMigrate(): Promise<void> {
    await this.dataSource.initialize();
    if (this.dialect === 'mysql') await this.teachManners();
    // Whoever brings no migrations is a guest: the tables, and the note of how they came to be, are another's.
    if (this.dataSource.migrations.length === 0) return;
    await this.dataSource.alone(async () => {
      if (this.dialect === 'sqlite') return void (await this.dataSource.runMigrations({ transaction: 'each' }));
      // Of instances that start together one migrates; the others wait and then find it done.
      const runner = this.dataSource.createQueryRunner();
      try {
        const rows = (await runner.query(`SELECT GET_LOCK(${LOCK}, 30) AS held`)) as unknown as { held: unknown }[];
        if (Number(rows[0]?.held) !== 1) throw new Error('another instance is migrating still');
        await this.dataSource.runMigrations({ transaction: 'each' });
      } finally {
        await runner.query(`SELECT RELEASE_LOCK(${LOCK})`).catch(() => undefined);
        await runner.release();
      }
    });
  }
}

/**
 * Opens a database without waiting for it: it connects and migrates in the background and keeps trying. Until then, and
 * whenever it is away, statements fail with `DatabaseUnavailable`.
 */
export async function openDatabase(settings: DatabaseSettings, options: OpenDatabaseOptions): Promise<Database> {
  const dataSource = new GatehouseDataSource(dataSourceOptions(settings, options));
  await dataSource.prepare();
  return new Database(settings.dialect, dataSource, options.onStatus);
}

function dataSourceOptions(
  settings: DatabaseSettings,
  { entities, migrations, poolSize = 10 }: OpenDatabaseOptions,
): DataSourceOptions {
  const common = {
    entities: [...entities(settings.dialect)] as unknown as EntitySchema[],
    migrations: [...migrations],
    migrationsTableName: 'migrations',
    synchronize: false,
    logging: false,
  };
  if (settings.dialect === 'sqlite') {
    if (settings.path !== ':memory:') mkdirSync(dirname(settings.path), { recursive: true });
    return {
      ...common,
      type: 'better-sqlite3',
      database: settings.path,
      // Prebuilt and maintained, with the interface of better-sqlite3, which would be compiled on install.
      driver: libsql,
      enableWAL: settings.path !== ':memory:',
      timeout: 1_000,
    };
  }
  const { host, port, user, password, database, tls } = settings;
  return {
    ...common,
    type: 'mysql',
    host,
    port,
    username: user,
    ...(password === undefined ? {} : { password }),
    database,
    ...(tls ? { ssl: {} } : {}),
    charset: 'utf8mb4',
    connectTimeout: 1_000,
    poolSize,
    extra: { enableKeepAlive: true, idleTimeout: 60_000 },
  };
}
