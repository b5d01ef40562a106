/** Where one server is, and what its address says of how to talk to it. What was not said is absent. */
export interface Address {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db?: number;
}

/**
 * Reads `redis://user:password@host:port/db`, `rediss://…` for TLS, or without a scheme.
 *
 * @param name - the variable, for the fault; the text itself may hold a password and is never repeated.
 */
export function parseAddress(name: string, text: string, defaultPort: number, faults: string[]): Address | undefined {
  const refuse = (fault: string) => void faults.push(`${name} ${fault}`);
  let url: URL;
  let credentials: Pick<Address, 'username' | 'password'>;
  try {
    url = new URL(text.includes('://') ? text : `redis://${text}`);
    credentials = {
      ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
      ...(url.password ? { password: decodeURIComponent(url.password) } : {}),
    };
  } catch {
    return refuse('is neither a redis:// URL nor host:port');
  }
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return refuse('must start with redis:// or rediss://');
  if (!url.hostname) return refuse('names no host');
  if (url.port === '0') return refuse('must name a port between 1 and 65535');
  // An option nobody reads would look as if it were in force.
  if (url.search || url.hash) return refuse('must end after the database number; options are not read');
  const path = url.pathname.slice(1);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : defaultPort,
    tls: url.protocol === 'rediss:',
    ...credentials,
    ...(path ? { db: parseDatabaseNumber(`the path of ${name}`, path, faults) } : {}),
  };
}

/** Reads a list of addresses separated by commas; all must be reached the same way. */
export function parseAddresses(name: string, text: string, defaultPort: number, faults: string[]): Address[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
  if (entries.length === 0) faults.push(`${name} names no server`);
  const addresses = entries.flatMap((entry) => parseAddress(name, entry, defaultPort, faults) ?? []);
  const [first, ...others] = addresses;
  if (others.some((other) => other.tls !== first?.tls)) faults.push(`${name} mixes redis:// and rediss://`);
  if (others.some((other) => other.username !== first?.username || other.password !== first?.password)) {
    faults.push(`${name} gives its servers different credentials`);
  }
  if (addresses.some(({ db }) => db !== undefined && db !== 0)) faults.push(`${name} takes no database number`);
  return addresses.map(({ db: _db, ...address }) => address);
}

export function parseDatabaseNumber(name: string, text: string, faults: string[]): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  faults.push(`${name} must be a database number`);
  return 0;
}
