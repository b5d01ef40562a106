import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RedisServer } from '@gatehouse/testing';

const FILE = join(__dirname, '../../../../docker/redis/users.acl');

/** Who is whom at Redis. */
export type RedisAccount = 'gatehouse-auth' | 'gatehouse-orders' | 'gatehouse-gateway' | 'exporter';

/** The accounts of docker/redis/users.acl, each with a password of its own, and with no more rights than there. */
export class RedisAccounts {
  /** Of redis-server. Whoever starts it may do everything all the same, as `default`. */
  readonly args: readonly string[];
  private readonly passwords = new Map<string, string>();

  constructor() {
    const lines = readFileSync(FILE, 'utf8').matchAll(/^user (\S+) on #\w+ (.+)$/gm);
    this.args = [...lines].flatMap(([, name = '', rules = '']) => {
      const password = randomBytes(18).toString('hex');
      this.passwords.set(name, password);
      const hash = createHash('sha256').update(password).digest('hex');
      return ['--user', name, 'on', `#${hash}`, ...rules.split(' ')];
    });
  }

  password(account: RedisAccount): string {
    const password = this.passwords.get(account);
    if (!password) throw new Error(`docker/redis/users.acl has no ${account}`);
    return password;
  }

  /** Address of this Redis for whoever has the account. */
  url({ host, port }: RedisServer, account: RedisAccount): string {
    return `redis://${account}:${this.password(account)}@${host}:${port}`;
  }
}
