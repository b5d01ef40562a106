import { flag, port, secret, text } from '@gatehouse/config';

/** Variables about where the database is. */
export const databaseFields = {
  DATABASE_URL: secret({ minBytes: 1 })
    .optional()
    .describe('MySQL or MariaDB, as mysql://user:password@host:port/name; sqlite:path for one process'),
  DB_HOST: text().optional().describe('Host of the database, in place of DATABASE_URL'),
  DB_PORT: port().default('3306').describe('Port of the database, beside DB_HOST'),
  DB_USER: text().optional().describe('User of the database, beside DB_HOST'),
  DB_PASSWORD: secret({ minBytes: 1 }).optional().describe('Password of the database, beside DB_HOST'),
  DB_NAME: text().optional().describe('Name of the database, beside DB_HOST'),
  DB_SSL: flag().default('false').describe('Speaks TLS with the database'),
};
