import type { DataSource } from 'typeorm';

/** Statements that would be needed to make the database what the entities say; empty when both agree. */
export async function schemaDrift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}
