import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Dialect } from './settings.js';

/** mysql2 hands a BIGINT over as text beyond 2^53 and a number below it; SQLite always as a number. */
const asNumber = {
  to: (value: unknown) => value,
  from: (value: unknown) => (value === null || value === undefined ? value : Number(value)),
};

const column = <const T extends EntitySchemaColumnOptions>(options: T) => options;

/** Column types that mean the same on MySQL and SQLite. */
export function columnTypes(dialect: Dialect) {
  // MySQL's default collation takes á for a, case and trailing spaces for nothing; what identifies must not.
  const binary = dialect === 'mysql' ? { charset: 'utf8mb4', collation: 'utf8mb4_bin' } : {};
  return {
    /** 64-bit, given by the database. */
    id: column({
      type: dialect === 'mysql' ? 'bigint' : 'integer',
      primary: true,
      generated: 'increment',
      transformer: asNumber,
    }),
    /** Whole numbers up to 2^53, instants in ms among them. */
    bigint: column({ type: 'bigint', transformer: asNumber }),
    integer: column({ type: dialect === 'mysql' ? 'int' : 'integer' }),
    /** Compared byte by byte. */
    string: (length: number) => column({ type: 'varchar', length, ...binary }),
    text: column({ type: 'text', ...binary }),
  };
}
