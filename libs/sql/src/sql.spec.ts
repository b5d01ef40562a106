import { DatabaseUnavailable } from '@gatehouse/failures';
import { Metrics } from '@gatehouse/observability';
import { eventually, freshMysqlDatabaseUrl, sleep, startMysql, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { type EntityManager, EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';
import { columnTypes } from './column-types.js';
import { isDuplicateKey } from './failures.js';
import { registerDatabaseFigures } from './figures.js';
import { openDatabase, type Database } from './open-database.js';
import { schemaDrift } from './schema-drift.js';
import { parseDatabaseSettings, type DatabaseSettings, type Dialect } from './settings.js';
import { transaction } from './transaction.js';

interface NoteRow {
  id: number;
  title: string;
  atMs: number;
}

const noteEntity = (dialect: Dialect) => {
  const types = columnTypes(dialect);
  return new EntitySchema<NoteRow>({
    name: 'Note',
    tableName: 'notes',
    columns: {
      id: { name: 'id', ...types.id },
      title: { name: 'title', ...types.string(64) },
      atMs: { name: 'at_ms', ...types.bigint },
    },
    indices: [{ name: 'uq_notes_title', columns: ['title'], unique: true }],
  });
};

class Notes1767225600000 implements MigrationInterface {
  name = 'Notes1767225600000';
  async up(runner: QueryRunner): Promise<void> {
    const statements =
      runner.dataSource.options.type === 'mysql'
        ? [
            `CREATE TABLE notes (id bigint NOT NULL AUTO_INCREMENT, title varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL, at_ms bigint NOT NULL, UNIQUE INDEX uq_notes_title (title), PRIMARY KEY (id)) ENGINE=InnoDB`,
          ]
        : [
            `CREATE TABLE "notes" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "title" varchar(64) NOT NULL, "at_ms" bigint NOT NULL)`,
            `CREATE UNIQUE INDEX "uq_notes_title" ON "notes" ("title")`,
          ];
    for (const statement of statements) await runner.query(statement);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

const options = { entities: (dialect: Dialect) => [noteEntity(dialect)] as never[], migrations: [Notes1767225600000] };
const mysqlSettings = async () => parseDatabaseSettings({ DATABASE_URL: await freshMysqlDatabaseUrl() }).settings!;
const sqliteSettings = async (): Promise<DatabaseSettings> => ({
  dialect: 'sqlite',
  path: join(testFolder('sqlite'), 'deep', 'n.sqlite'),
});

it('is migrated though another database of the same MySQL server has been migrating for long', async () => {
  const other = await openDatabase(await mysqlSettings(), options);
  await other.ready();
  const migrating = other.dataSource.createQueryRunner();
  await migrating.query(`SELECT GET_LOCK(CONCAT('gatehouse.', SHA1(DATABASE())), 5)`);
  const own = await openDatabase(await mysqlSettings(), options);
  await own.ready(10_000);
  await migrating.release();
  await Promise.all([own.close(), other.close()]);
});

describe.each([
  ['MySQL', mysqlSettings],
  ['SQLite', sqliteSettings],
])('%s', (_name, settingsOf) => {
  let settings: DatabaseSettings;
  let database: Database;
  const notes = () => database.dataSource.getRepository<NoteRow>('Note');

  beforeAll(async () => {
    settings = await settingsOf();
    database = await openDatabase(settings, options);
    await database.ready();
  });
  afterAll(() => database.close());

  it('has the schema that the entities describe', async () => {
    expect(await schemaDrift(database.dataSource)).toEqual([]);
  });

  it('is migrated once by instances that start together', async () => {
    const fresh = await settingsOf();
    const both = await Promise.all([1, 2].map(() => openDatabase(fresh, options)));
    await Promise.all(both.map((one) => one.ready()));
    for (const one of both) expect(await schemaDrift(one.dataSource)).toEqual([]);
    await Promise.all(both.map((one) => one.close()));
  });

  it('gives numbers for numbers, also large ones', async () => {
    await notes().insert({ title: 'number', atMs: 1_800_000_000_000 });
    expect(await notes().findOneByOrFail({ title: 'number' })).toEqual({
      id: expect.any(Number) as number,
      title: 'number',
      atMs: 1_800_000_000_000,
    });
  });

  it('shows in figures how long statements take and how they end, and who waits for a connection (R200)', async () => {
    const metrics = new Metrics('spec', { processFigures: false });
    registerDatabaseFigures(metrics, database);
    const figure = async (name: string) => {
      const found = new RegExp(`^${name}[{,}].* (\\d+)$`, 'm').exec(await metrics.text())?.[1];
      return found === undefined ? undefined : Number(found);
    };
    await notes().count();
    await expect(database.dataSource.query('SELECT nothing FROM nowhere')).rejects.toThrow();
    expect(await figure('database_statement_duration_seconds_count.*outcome="ok"')).toBeGreaterThanOrEqual(1);
    expect(await figure('database_statement_duration_seconds_count.*outcome="failed"')).toBe(1);
    expect(await figure('database_up')).toBe(1);
    if (database.dialect === 'sqlite') {
      expect(await figure('database_pool_connections')).toBeUndefined();
      return;
    }
    // Ten are all there are: the eleventh waits.
    const held = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const runner = database.dataSource.createQueryRunner();
        await runner.connect();
        return runner;
      }),
    );
    const waiting = notes().count();
    await eventually(async () => expect(await figure('database_pool_requests_waiting')).toBeGreaterThanOrEqual(1));
    expect(await figure('database_pool_connections')).toBe(10);
    expect(await figure('database_pool_connections_idle')).toBe(0);
    await Promise.all(held.map((runner) => runner.release()));
    await waiting;
    await eventually(async () => expect(await figure('database_pool_connections_idle')).toBeGreaterThanOrEqual(1));
  });

  it('takes a parameter that is null, also when it is the only one', async () => {
    const query = database.dataSource.createQueryBuilder().select('COUNT(*)', 'count').from('Note', 'n');
    expect(await query.where('n.title = :none', { none: null }).getRawOne()).toEqual({ count: expect.anything() });
    await expect(database.dataSource.query('SELECT ? AS given', [null])).resolves.toEqual([{ given: null }]);
  });

  it('tells letters apart that look alike', async () => {
    await notes().insert([
      { title: 'adam', atMs: 1 },
      { title: 'Adam', atMs: 1 },
      { title: 'ádam', atMs: 1 },
    ]);
    expect((await notes().findOneByOrFail({ title: 'ádam' })).title).toBe('ádam');
  });

  it.each([[true], [{}], [{ title: 1 }], [['a', 'b']], [[['a', 'b']]], [Symbol('a')], [() => 'a']])(
    'takes %p for no value: it is in no statement, and ends no process (C18)',
    async (odd) => {
      await notes().insert({ title: `odd ${typeof odd} ${String(Math.random())}`, atMs: 0 });
      const ask = () => database.dataSource.query('SELECT * FROM notes WHERE title = ?', [odd]);
      await expect(ask()).rejects.toThrow(TypeError);
      const find = () => notes().findOneBy({ title: odd as never });
      await expect(find().catch(() => null)).resolves.toBeNull();
    },
  );

  it('knows a duplicate key from other failures', async () => {
    await notes().insert({ title: 'once', atMs: 1 });
    const error: unknown = await notes()
      .insert({ title: 'once', atMs: 2 })
      .catch((thrown: unknown) => thrown);
    expect(isDuplicateKey(error)).toBe(true);
    expect(
      isDuplicateKey(await database.dataSource.query('SELECT nonsense FROM notes').catch((thrown: unknown) => thrown)),
    ).toBe(false);
  });

  it('runs twenty transactions at once', async () => {
    const titles = Array.from({ length: 20 }, (_, i) => `at once ${i}`);
    await Promise.all(
      titles.map((title) =>
        transaction(database.dataSource, async (manager) => {
          await manager.getRepository<NoteRow>('Note').insert({ title, atMs: 0 });
          await sleep(1);
          await manager.getRepository<NoteRow>('Note').update({ title }, { atMs: 7 });
        }),
      ),
    );
    expect(await notes().countBy({ atMs: 7 })).toBe(20);
  });

  it('leaves nothing of a transaction that failed, and takes nothing else with it', async () => {
    const failing = transaction(database.dataSource, async (manager) => {
      await manager.getRepository<NoteRow>('Note').insert({ title: 'inside', atMs: 0 });
      await sleep(20);
      throw new Error('no');
    });
    await sleep(5);
    await notes().insert({ title: 'beside', atMs: 0 });
    await expect(failing).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(await notes().countBy({ title: 'inside' })).toBe(0);
    expect(await notes().countBy({ title: 'beside' })).toBe(1);
  });
});

describe('a MySQL that is away', () => {
  it('does not keep a service from starting, and is used once it is there', async () => {
    const mysql = await startMysql();
    const { url } = await mysql.createDatabase();
    await mysql.stop();
    const statuses: string[] = [];
    const database = await openDatabase(parseDatabaseSettings({ DATABASE_URL: url }).settings!, {
      ...options,
      onStatus: (status) => statuses.push(status),
    });
    const notes = database.dataSource.getRepository<NoteRow>('Note');
    await expect(transaction(database.dataSource, (manager) => manager.query('SELECT 1'))).rejects.toBeInstanceOf(
      DatabaseUnavailable,
    );
    await expect(database.ping()).rejects.toBeInstanceOf(DatabaseUnavailable);
    await mysql.start();
    await database.ready();
    await notes.insert({ title: 'late', atMs: 1 });
    expect(statuses).toContain('down');
    expect(statuses.at(-1)).toBe('up');

    const metrics = new Metrics('spec', { processFigures: false });
    registerDatabaseFigures(metrics, database);
    expect(await metrics.text()).toMatch(/^database_up\{service="spec"\} 1$/m);
    mysql.pause();
    await eventually(async () => expect(await metrics.text()).toMatch(/^database_up\{service="spec"\} 0$/m));
    const startedMs = performance.now();
    await expect(transaction(database.dataSource, (manager) => manager.query('SELECT 1'))).rejects.toBeInstanceOf(
      DatabaseUnavailable,
    );
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    mysql.resume();
    await mysql.kill();
    await mysql.start();
    await eventually(() => database.ping(), { timeoutMs: 10_000 });
    await database.close();
    await mysql.kill();
  });
});

describe('rows of MySQL that somebody else holds', () => {
  let database: Database;
  const notes = () => database.dataSource.getRepository<NoteRow>('Note');
  beforeAll(async () => {
    database = await openDatabase(await mysqlSettings(), options);
    await database.ready();
    await notes().insert([
      { title: 'one', atMs: 0 },
      { title: 'other', atMs: 0 },
    ]);
  });
  afterAll(() => database.close());

  const touch = (manager: EntityManager, title: string) =>
    manager.query('UPDATE notes SET at_ms = at_ms + 1 WHERE title = ?', [title]);

  it('are waited for again where two wait for each other: both get what they wanted (R18, F16)', async () => {
    let attempts = 0;
    let holding = 0;
    const inOrder = (first: string, second: string) =>
      transaction(database.dataSource, async (manager) => {
        attempts++;
        await touch(manager, first);
        holding++;
        // Each holds one before either asks for the other.
        if (attempts <= 2) await eventually(() => expect(holding).toBeGreaterThanOrEqual(2), { everyMs: 1 });
        await touch(manager, second);
      });
    await Promise.all([inOrder('one', 'other'), inOrder('other', 'one')]);
    expect(attempts).toBe(3);
    const left = await notes().find();
    expect(left.map(({ atMs }) => atMs)).toEqual([2, 2]);
  });

  it('are waited for in bounded time, and what was given up does not happen later (R18, F16)', async () => {
    const holder = database.dataSource.createQueryRunner();
    await holder.startTransaction();
    await touch(holder.manager, 'one');
    const startedMs = performance.now();
    const given = Array.from({ length: 5 }, () => transaction(database.dataSource, (manager) => touch(manager, 'one')));
    for (const outcome of await Promise.allSettled(given)) expect(outcome.status).toBe('rejected');
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    const waiting = async () => {
      const [row] = await database.dataSource.query<{ n: unknown }[]>(
        "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'UPDATE%'",
      );
      return Number(row?.n);
    };
    // Their connections are free again, though the row is not.
    await eventually(async () => expect(await waiting()).toBe(0), { timeoutMs: 4_000 });
    await holder.rollbackTransaction();
    await holder.release();
    await sleep(100);
    expect(await notes().findOneBy({ title: 'one' })).toMatchObject({ atMs: 2 });
  });

  it('are read as they were last committed, on every connection', async () => {
    const atMs = async (manager: EntityManager) =>
      (await manager.getRepository<NoteRow>('Note').findOneByOrFail({ title: 'other' })).atMs;
    let looking = 0;
    let isChanged = false;
    const looks = Array.from({ length: 8 }, () =>
      transaction(database.dataSource, async (manager) => {
        const before = await atMs(manager);
        looking++;
        await eventually(() => expect(isChanged).toBe(true), { everyMs: 1 });
        return (await atMs(manager)) - before;
      }),
    );
    await eventually(() => expect(looking).toBe(8), { everyMs: 1 });
    await transaction(database.dataSource, (manager) => touch(manager, 'other'));
    isChanged = true;
    expect(await Promise.all(looks)).toEqual(Array(8).fill(1));
    await notes().update({ title: 'other' }, { atMs: 2 });
  });

  it('are not changed by work that ended after its caller was told that it failed', async () => {
    const late = transaction(
      database.dataSource,
      async (manager) => {
        await touch(manager, 'one');
        await sleep(150);
      },
      { timeoutMs: 100 },
    );
    await expect(late).rejects.toBeInstanceOf(DatabaseUnavailable);
    await sleep(200);
    expect(await notes().findOneBy({ title: 'one' })).toMatchObject({ atMs: 2 });
  });
});

describe('where the database is', () => {
  it.each([
    [
      'mysql://u:p%40ss@h:3307/d?ssl=true',
      { dialect: 'mysql', host: 'h', port: 3307, user: 'u', password: 'p@ss', database: 'd', tls: true },
    ],
    [
      'mariadb://u@h/d',
      { dialect: 'mysql', host: 'h', port: 3306, user: 'u', password: undefined, database: 'd', tls: false },
    ],
    ['sqlite:./x.sqlite', { dialect: 'sqlite', path: './x.sqlite' }],
    ['sqlite:///var/x.sqlite', { dialect: 'sqlite', path: '/var/x.sqlite' }],
  ])('is read from %s', (url, settings) => {
    expect(parseDatabaseSettings({ DATABASE_URL: url })).toEqual({ settings, faults: [] });
  });

  it('is read from its parts', () => {
    const { settings } = parseDatabaseSettings({ DB_HOST: 'h', DB_USER: 'u', DB_PASSWORD: 'p', DB_NAME: 'd' });
    expect(settings).toMatchObject({
      dialect: 'mysql',
      host: 'h',
      port: 3306,
      user: 'u',
      password: 'p',
      database: 'd',
    });
  });

  it.each([
    { DATABASE_URL: 'postgres://hunter2@h/d' },
    { DATABASE_URL: 'mysql://hunter2' },
    { DB_HOST: 'hunter2' },
    { DATABASE_URL: 'mysql://u@h/d', DB_HOST: 'hunter2' },
  ])('names faults without values: %j', (env) => {
    const { faults } = parseDatabaseSettings(env);
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.join()).not.toContain('hunter2');
  });
});
