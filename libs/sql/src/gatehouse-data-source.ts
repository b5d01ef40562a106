import { Mutex } from 'async-mutex';
import { AsyncLocalStorage } from 'node:async_hooks';
import { DataSource, type QueryRunner, type ReplicationMode } from 'typeorm';

/** Told of each statement: how long it took, waiting for a connection included, and whether it failed. */
export type StatementListener = (seconds: number, failed: boolean) => void;

/**
 * A TypeORM data source that can be asked for repositories before it is connected, and on which SQLite behaves.
 *
 * SQLite has one connection: while a transaction is open, anybody's statement would become part of it, and a second
 * transaction would fail. So there a transaction holds a lock, and every statement from outside waits for it.
 */
export class GatehouseDataSource extends DataSource {
  private readonly lock = new Mutex();
  private readonly holder = new AsyncLocalStorage<true>();
  private readonly guarded = new WeakSet<QueryRunner>();
  private told: StatementListener | undefined;

  /** Learns the entities, which `initialize` does only once it has a connection. */
  async prepare(): Promise<void> {
    await this.buildMetadatas();
  }

  /** Runs `work` alone on SQLite, and just runs it elsewhere. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    if (!this.isSqlite || this.holder.getStore()) return work();
    return this.lock.runExclusive(() => this.holder.run(true, work));
  }

  override createQueryRunner(mode?: ReplicationMode): QueryRunner {
    const runner = super.createQueryRunner(mode);
    if (!this.guarded.has(runner)) {
      this.guarded.add(runner);
      const query = runner.query.bind(runner) as (...args: unknown[]) => Promise<never>;
      runner.query = (text: unknown, parameters?: unknown, ...more: unknown[]) =>
        areValues(parameters)
          ? this.timed(() => this.alone(() => query(text, this.isSqlite ? asList(parameters) : parameters, ...more)))
          : Promise.reject(new TypeError('a parameter of a statement is a number, a text, bytes, a date or null'));
    }
    return runner;
  }

  /** Tells `told` of each statement from now on. One listener; a second takes its place. */
  watchStatements(told: StatementListener): void {
    this.told = told;
  }

  private async timed<T>(run: () => Promise<T>): Promise<T> {
    const { told } = this;
    if (!told) return run();
    const startedMs = performance.now();
    let failed = true;
    try {
      const result = await run();
      failed = false;
      return result;
    } finally {
      told((performance.now() - startedMs) / 1000, failed);
    }
  }

  private get isSqlite(): boolean {
    return this.options.type === 'better-sqlite3';
  }
}

/**
 * What has passed all checks before it and is no value yet ends here: MySQL’s driver writes an object into the statement as
 * conditions of its own (`email = 1`) and a list as several values, and SQLite’s ends the whole process over a boolean.
 */
function areValues(parameters: unknown): boolean {
  return parameters === undefined || (Array.isArray(parameters) && parameters.every(isValue));
}

function isValue(parameter: unknown): boolean {
  const isScalar = ['string', 'number', 'bigint', 'undefined'].includes(typeof parameter) || parameter === null;
  return isScalar || parameter instanceof Uint8Array || parameter instanceof Date;
}

/** The driver takes a single `null` for an object of named parameters. In a list of its own it is what it is. */
function asList(parameters: unknown): unknown {
  return Array.isArray(parameters) && parameters.length === 1 && parameters[0] === null ? [parameters] : parameters;
}
