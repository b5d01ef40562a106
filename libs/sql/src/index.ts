export { columnTypes } from './column-types.js';
export { isDuplicateKey, orUnavailable, STATEMENT_TIMEOUT_MS } from './failures.js';
export { registerDatabaseFigures } from './figures.js';
export { GatehouseDataSource } from './gatehouse-data-source.js';
export { migrateTables, type TablesMigrated } from './migrate-tables.js';
export { Database, openDatabase, type OpenDatabaseOptions } from './open-database.js';
export { schemaDrift } from './schema-drift.js';
export {
  parseDatabaseSettings,
  type DatabaseEnvironment,
  type DatabaseSettings,
  type Dialect,
  type ParsedDatabase,
} from './settings.js';
export { transaction, type TransactionOptions } from './transaction.js';
