export type Dialect = 'mysql' | 'sqlite';

/** Where the database is. */
export type DatabaseSettings =
  | { readonly dialect: 'sqlite'; readonly path: string }
  | {
      readonly dialect: 'mysql';
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string | undefined;
      readonly database: string;
      readonly tls: boolean;
    };

/** The variables read here; anything else in the environment is ignored. */
export interface DatabaseEnvironment {
  readonly DATABASE_URL?: string | undefined;
  readonly DB_HOST?: string | undefined;
  readonly DB_PORT?: string | undefined;
  readonly DB_USER?: string | undefined;
  readonly DB_PASSWORD?: string | undefined;
  readonly DB_NAME?: string | undefined;
  readonly DB_SSL?: string | undefined;
}

export interface ParsedDatabase {
  /** `undefined` when no database is named. */
  readonly settings?: DatabaseSettings;
  /** What is wrong: names of variables and rules, never values. */
  readonly faults: readonly string[];
}

/** Reads `DATABASE_URL` (`mysql://`, `mariadb://`, `sqlite:path`), or `DB_HOST` and its companions. Both are a fault. */
export function parseDatabaseSettings(env: DatabaseEnvironment): ParsedDatabase {
  if (env.DATABASE_URL && env.DB_HOST) return { faults: ['DATABASE_URL and DB_HOST are both set; keep one of them'] };
  if (env.DATABASE_URL) return parseUrl(env.DATABASE_URL);
  if (!env.DB_HOST) return { faults: [] };
  const faults = (['DB_USER', 'DB_NAME'] as const).flatMap((name) =>
    env[name] ? [] : [`${name} is needed beside DB_HOST`],
  );
  const port = env.DB_PORT ? Number(env.DB_PORT) : 3306;
  if (!Number.isInteger(port) || port < 1 || port > 65_535) faults.push('DB_PORT must be a port');
  if (faults.length > 0) return { faults };
  return {
    faults,
    settings: {
      dialect: 'mysql',
      host: env.DB_HOST,
      port,
      user: env.DB_USER ?? '',
      password: env.DB_PASSWORD,
      database: env.DB_NAME ?? '',
      tls: env.DB_SSL?.toLowerCase() === 'true',
    },
  };
}

function parseUrl(text: string): ParsedDatabase {
  if (text.startsWith('sqlite:')) {
    const path = text.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '');
    return path ? { settings: { dialect: 'sqlite', path }, faults: [] } : { faults: ['DATABASE_URL names no file'] };
  }
  if (!URL.canParse(text) || !/^(mysql|mariadb):\/\//.test(text)) {
    return { faults: ['DATABASE_URL must start with mysql://, mariadb:// or sqlite:'] };
  }
  const url = new URL(text);
  const database = decodeURIComponent(url.pathname.slice(1));
  const faults = [
    ...(url.username ? [] : ['DATABASE_URL names no user']),
    ...(database ? [] : ['DATABASE_URL names no database']),
  ];
  if (faults.length > 0) return { faults };
  return {
    faults,
    settings: {
      dialect: 'mysql',
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port ? Number(url.port) : 3306,
      user: decodeURIComponent(url.username),
      password: url.password ? decodeURIComponent(url.password) : undefined,
      database,
      tls: ['true', '1'].includes(url.searchParams.get('ssl') ?? url.searchParams.get('tls') ?? ''),
    },
  };
}
