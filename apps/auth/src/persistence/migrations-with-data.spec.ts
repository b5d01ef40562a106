// Every release is once the one before the next: its rows must survive the way up, down and up again.
import { type Database, openDatabase, schemaDrift, type DatabaseSettings, parseDatabaseSettings } from '@gatehouse/sql';
import { freshMysqlDatabaseUrl, testFolder } from '@gatehouse/testing';
import { join } from 'node:path';
import { authSchema } from './auth-schema.js';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly length: number;
  readonly isGenerated: boolean;
}

type Row = Readonly<Record<string, unknown>>;
type Rows = Readonly<Record<string, readonly Row[]>>;

/** Columns whose texts mean something to a migration. */
const MEANT: Readonly<Record<string, string>> = {
  slot: 'active',
  state: 'active',
  status: 'active',
  roles: '["user"]',
  details: '{}',
  public_jwk: '{}',
  scope: 'sid',
  kind: 'signin.succeeded',
  // Never anything else, before the column went.
  trusted: '0',
};
/** Tables that migrations fill, and of the migrations themselves. */
const NOT_OURS = new Set(['migrations', 'sqlite_sequence', 'typeorm_metadata']);

const settingsOf = (url: string): DatabaseSettings => {
  const { settings, faults } = parseDatabaseSettings({ DATABASE_URL: url });
  if (!settings) throw new Error(faults.join());
  return settings;
};

const kinds: readonly (readonly [string, () => Promise<DatabaseSettings>])[] = [
  ['MySQL', async () => settingsOf(await freshMysqlDatabaseUrl())],
  ['SQLite', async () => settingsOf(`sqlite:${join(testFolder('migrations'), 'auth.sqlite')}`)],
];

/** The first release had so many migrations. */
const FIRST_RELEASE = 5;
const { migrations, entities } = authSchema;
const stages = Array.from({ length: migrations.length - FIRST_RELEASE }, (_, n) => n + FIRST_RELEASE);

describe.each(kinds)('rows on %s', (_name, fresh) => {
  it.each(stages)(
    'of a service with %i migrations survive all that came later, back, and forth again',
    async (stage) => {
      const settings = await fresh();
      const old = await opened(settings, stage);
      await fill(old);
      const before = await rowsOf(old);
      expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true);
      await old.close();

      const now = await opened(settings, migrations.length);
      const after = await rowsOf(now);
      expectKept(before, after);
      expect(await schemaDrift(now.dataSource)).toEqual([]);

      for (let n = migrations.length; n > stage; n--) await now.dataSource.undoLastMigration({ transaction: 'each' });
      expect(await rowsOf(now)).toEqual(before);

      await now.dataSource.runMigrations({ transaction: 'each' });
      expect(await rowsOf(now)).toEqual(after);
      expect(await schemaDrift(now.dataSource)).toEqual([]);
      await now.close();
    },
  );
});

async function opened(settings: DatabaseSettings, count: number): Promise<Database> {
  const database = await openDatabase(settings, { entities, migrations: migrations.slice(0, count) });
  await database.ready();
  return database;
}

/** Each row is still there, with all its columns that still are. New tables and columns are no concern of old rows. */
function expectKept(before: Rows, after: Rows): void {
  for (const [table, rows] of Object.entries(before)) {
    const kept = after[table];
    if (!kept) continue;
    expect([table, kept.length]).toEqual([table, rows.length]);
    rows.forEach((row, n) => {
      const still = Object.fromEntries(Object.entries(row).filter(([column]) => column in (kept[n] ?? {})));
      expect([table, kept[n]]).toEqual([table, expect.objectContaining(still)]);
    });
  }
}

/** Gives every empty table two rows; of each column something. */
async function fill({ dataSource, dialect }: Database): Promise<void> {
  const quote = (name: string) => (dialect === 'mysql' ? `\`${name}\`` : `"${name}"`);
  for (const table of await tablesOf(dataSource, dialect)) {
    if ((await dataSource.query<unknown[]>(`SELECT * FROM ${quote(table)}`)).length > 0) continue;
    const columns = (await columnsOf(dataSource, dialect, table)).filter(({ isGenerated }) => !isGenerated);
    for (const n of [1, 2]) {
      const values = columns.map((column) => valueOf(column, n));
      const names = columns.map(({ name }) => quote(name)).join(', ');
      const places = columns.map(() => '?').join(', ');
      await dataSource.query(`INSERT INTO ${quote(table)} (${names}) VALUES (${places})`, values);
    }
  }
}

function valueOf({ name, type, length }: Column, n: number): unknown {
  const meant = MEANT[name];
  // Of two rows one holds it: there may be a unique index.
  if (meant !== undefined) return n === 1 || !['slot', 'state', 'status'].includes(name) ? meant : 'retired';
  if (/int/i.test(type)) return name.endsWith('_ms') ? 1_767_225_600_000 + n : n;
  if (/blob|binary/i.test(type)) return Buffer.alloc(Math.min(length || 32, 32), n);
  return `${name}-${n}`.padEnd(8, 'x').slice(-Math.max(1, length || 200));
}

async function rowsOf({ dataSource, dialect }: Database): Promise<Rows> {
  const all: Record<string, Row[]> = {};
  for (const table of await tablesOf(dataSource, dialect)) {
    const rows = await dataSource.query<Row[]>(`SELECT * FROM ${table}`);
    all[table] = rows.map(plain).sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  return all;
}

/** Drivers differ in how they hand over numbers and bytes. */
const plain = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row)
      .map(([name, value]): [string, unknown] => [
        name,
        value === null ? null : Buffer.isBuffer(value) ? value.toString('hex') : String(value as string | number),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

async function tablesOf(dataSource: Database['dataSource'], dialect: Database['dialect']): Promise<string[]> {
  const rows = await dataSource.query<{ name: string }[]>(
    dialect === 'mysql'
      ? `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE()`
      : `SELECT name FROM sqlite_master WHERE type = 'table'`,
  );
  return rows.map(({ name }) => name).filter((name) => !NOT_OURS.has(name));
}

async function columnsOf(
  dataSource: Database['dataSource'],
  dialect: Database['dialect'],
  table: string,
): Promise<Column[]> {
  if (dialect === 'mysql') {
    const rows = await dataSource.query<{ name: string; type: string; length: number | null; extra: string }[]>(
      `SELECT column_name AS name, data_type AS type, character_maximum_length AS length, extra AS extra
       FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ?`,
      [table],
    );
    return rows.map(({ extra, length, ...column }) => ({
      ...column,
      length: Number(length ?? 0),
      isGenerated: /auto_increment|generated/i.test(extra),
    }));
  }
  const rows = await dataSource.query<{ name: string; type: string; pk: number }[]>(`PRAGMA table_info("${table}")`);
  return rows.map(({ name, type, pk }) => ({
    name,
    type,
    length: Number(/\((\d+)\)/.exec(type)?.[1] ?? 0),
    isGenerated: pk === 1 && /^integer$/i.test(type) && rows.filter((row) => row.pk > 0).length === 1,
  }));
}
