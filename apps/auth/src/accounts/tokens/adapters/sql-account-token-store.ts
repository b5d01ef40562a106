import type { Clock } from '@gatehouse/kernel';
import { isDuplicateKey, orUnavailable, transaction } from '@gatehouse/sql';
import { type DataSource, In, LessThan, MoreThan, type Repository } from 'typeorm';
import { type AccountToken, AccountTokenStore, type TokenPurpose } from '../account-token-store.port.js';
import type { AccountTokenRow } from './account-token.entity.js';

/** Two that replace one token at once: the later of them tries again. */
const MAX_ATTEMPTS = 5;

/** Account tokens in MySQL or SQLite. */
export class SqlAccountTokenStore extends AccountTokenStore {
  private readonly rows: Repository<AccountTokenRow>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
    this.rows = dataSource.getRepository<AccountTokenRow>('AccountToken');
  }

  override async replace({ userId, purpose, address, expiresAtMs }: AccountToken, tokenHash: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await transaction(this.dataSource, async (manager) => {
          const rows = manager.getRepository<AccountTokenRow>('AccountToken');
          await rows.delete({ userId, purpose });
          await rows.insert({ userId, purpose, tokenHash, address: address ?? null, expiresAtMs });
        });
        return;
      } catch (error) {
        if (!isDuplicateKey(error) || attempt >= MAX_ATTEMPTS) throw error;
      }
    }
  }

  override async find(purpose: TokenPurpose, tokenHash: string): Promise<AccountToken | undefined> {
    const live = { purpose, tokenHash, expiresAtMs: MoreThan(this.clock.nowMs()) };
    const row = await orUnavailable(() => this.rows.findOneBy(live));
    if (!row) return undefined;
    return { userId: row.userId, purpose, address: row.address ?? undefined, expiresAtMs: row.expiresAtMs };
  }

  override async consume(purpose: TokenPurpose, tokenHash: string): Promise<AccountToken | undefined> {
    const token = await this.find(purpose, tokenHash);
    if (!token) return undefined;
    // The row is gone once; whoever removed it has it.
    const { affected } = await orUnavailable(() => this.rows.delete({ purpose, tokenHash }));
    return affected === 1 ? token : undefined;
  }

  override async voidAll(userId: number, purposes?: readonly TokenPurpose[]): Promise<void> {
    await orUnavailable(() => this.rows.delete({ userId, ...(purposes ? { purpose: In([...purposes]) } : {}) }));
  }

  override async prune(beforeMs: number): Promise<number> {
    return orUnavailable(async () => (await this.rows.delete({ expiresAtMs: LessThan(beforeMs) })).affected ?? 0);
  }
}
