import { DataSource, type DataSourceOptions } from 'typeorm';

/** Statements that would be needed to make the database what the entities say; empty when both agree. */
export async function schemaDrift(dataSource: DataSource): Promise<string[]> {
  if (!(await isMariaDb(dataSource))) return driftSeenBy(dataSource);
  // MariaDB tells the default of a nullable column as the text NULL; only under its own name does TypeORM know that.
  const asItself = new DataSource({ ...dataSource.options, type: 'mariadb' } as DataSourceOptions);
  await asItself.initialize();
  try {
    return await driftSeenBy(asItself);
  } finally {
    await asItself.destroy();
  }
}

async function driftSeenBy(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

async function isMariaDb(dataSource: DataSource): Promise<boolean> {
  if (dataSource.options.type !== 'mysql') return false;
  const [row] = await dataSource.query<{ version: string }[]>('SELECT VERSION() AS version');
  return row?.version.includes('MariaDB') ?? false;
}
