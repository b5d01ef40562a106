/** What a statement does and to which table, as in `SELECT users`. */
export interface StatementSummary {
  readonly operation: string;
  readonly table?: string;
}

const OPERATION = /^\s*(?:\/\*.*?\*\/\s*)?([a-z]+)/i;
const TABLE = /\b(?:from|into|update|table)\s+(?:if\s+(?:not\s+)?exists\s+)?[`"]?([a-z_][a-z0-9_]{0,63})\b/i;
const OPERATIONS = new Set(
  'SELECT,INSERT,UPDATE,DELETE,REPLACE,WITH,START,BEGIN,COMMIT,ROLLBACK,SET,CREATE,ALTER,DROP,SHOW'.split(','),
);

/**
 * Reads no further than the first table: the rest of a statement may hold values, and a trace is no place for them. What is not
 * understood is named `SQL`.
 */
export function summaryOf(statement: string): StatementSummary {
  const head = statement.slice(0, 2_000);
  const operation = OPERATION.exec(head)?.[1]?.toUpperCase() ?? '';
  if (!OPERATIONS.has(operation)) return { operation: 'SQL' };
  const table = TABLE.exec(head)?.[1];
  return table === undefined ? { operation } : { operation, table };
}
