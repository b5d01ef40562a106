import { orUnavailable } from '@gatehouse/sql';
import { type DataSource, MoreThan, type Repository } from 'typeorm';
import type { ServiceAccount } from '../service-account.js';
import { ServiceAccountRepository } from '../service-account-repository.port.js';
import type { ServiceAccountRow } from './service-account.entity.js';

/** Service accounts in MySQL or SQLite. */
export class SqlServiceAccountRepository extends ServiceAccountRepository {
  private readonly rows: Repository<ServiceAccountRow>;

  constructor(dataSource: DataSource) {
    super();
    this.rows = dataSource.getRepository<ServiceAccountRow>('ServiceAccount');
  }

  override async find(clientId: string): Promise<ServiceAccount | undefined> {
    // MySQL compares a text column with the number 0 by turning the text into a number.
    if (typeof clientId !== 'string') throw new TypeError('a client id is a string');
    const row = await orUnavailable(() => this.rows.findOneBy({ clientId }));
    // Even a binary collation of MySQL leaves trailing spaces out of the comparison.
    return row?.clientId === clientId ? toAccount(row) : undefined;
  }

  override async add(account: ServiceAccount): Promise<void> {
    await orUnavailable(() => this.rows.insert(toRow(account)));
  }

  override async replace(account: ServiceAccount): Promise<boolean> {
    const { clientId, version } = account;
    const next = toRow({ ...account, version: version + 1 });
    const { affected } = await orUnavailable(() => this.rows.update({ clientId, version }, next));
    return affected === 1;
  }

  override async remove(clientId: string): Promise<boolean> {
    const { affected } = await orUnavailable(() => this.rows.delete({ clientId }));
    return affected === 1;
  }

  override async page(afterId: string, limit: number): Promise<readonly ServiceAccount[]> {
    const where = { clientId: MoreThan(afterId) };
    const rows = await orUnavailable(() => this.rows.find({ where, order: { clientId: 'ASC' }, take: limit }));
    return rows.map(toAccount);
  }
}

function toRow(account: ServiceAccount): ServiceAccountRow {
  const { clientId, name, disabledAtMs, tokensEndedUpTo, createdAtMs, version } = account;
  return {
    clientId,
    name,
    roles: JSON.stringify(account.roles),
    scopes: JSON.stringify(account.scopes),
    audiences: JSON.stringify(account.audiences),
    secrets: JSON.stringify(account.secrets),
    publicKeys: JSON.stringify(account.keys),
    disabledAtMs,
    tokensEndedUpTo,
    createdAtMs,
    version,
  };
}

function toAccount(row: ServiceAccountRow): ServiceAccount {
  const { clientId, name, disabledAtMs, tokensEndedUpTo, createdAtMs, version } = row;
  return {
    clientId,
    name,
    roles: JSON.parse(row.roles) as ServiceAccount['roles'],
    scopes: JSON.parse(row.scopes) as ServiceAccount['scopes'],
    audiences: JSON.parse(row.audiences) as ServiceAccount['audiences'],
    secrets: JSON.parse(row.secrets) as ServiceAccount['secrets'],
    keys: JSON.parse(row.publicKeys) as ServiceAccount['keys'],
    disabledAtMs,
    tokensEndedUpTo,
    createdAtMs,
    version,
  };
}
