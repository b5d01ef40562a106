import type { Clock } from '@gatehouse/kernel';
import { isDuplicateKey, orUnavailable } from '@gatehouse/sql';
import type { DataSource, Repository } from 'typeorm';
import { type KeptPolicy, type PolicyDocument, PolicyStore } from '../policy-store.port.js';
import type { PolicyRow } from './policy.entity.js';

/** Policies in MySQL or SQLite. */
export class SqlPolicyStore extends PolicyStore {
  private readonly rows: Repository<PolicyRow>;

  constructor(
    dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
    this.rows = dataSource.getRepository<PolicyRow>('Policy');
  }

  override async all(): Promise<KeptPolicy[]> {
    return (await orUnavailable(() => this.rows.find({ order: { name: 'ASC' } }))).map(toPolicy);
  }

  override async replace(
    name: string,
    version: number,
    document: PolicyDocument,
    updatedBy: number,
  ): Promise<KeptPolicy | undefined> {
    const facts = {
      version: version + 1,
      document: JSON.stringify(document),
      updatedAtMs: this.clock.nowMs(),
      updatedBy,
    };
    return (await this.put(name, version, facts)) ? toPolicy({ name, ...facts }) : undefined;
  }

  private async put(name: string, version: number, facts: Omit<PolicyRow, 'name'>): Promise<boolean> {
    try {
      if (version > 0) {
        const { affected } = await orUnavailable(() => this.rows.update({ name, version }, facts));
        return affected === 1;
      }
      await orUnavailable(() => this.rows.insert({ name, ...facts }));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }
}

function toPolicy({ document, ...row }: PolicyRow): KeptPolicy {
  return { ...row, document: JSON.parse(document) as PolicyDocument };
}
