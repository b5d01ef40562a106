import { orUnavailable } from '@gatehouse/sql';
import { type DataSource, In, IsNull, LessThanOrEqual, type Repository } from 'typeorm';
import { type Impersonation, ImpersonationLedger } from '../impersonation-ledger.port.js';
import type { ImpersonationRow } from './impersonation.entity.js';

/** Impersonations in MySQL or SQLite. */
export class SqlImpersonationLedger extends ImpersonationLedger {
  private readonly rows: Repository<ImpersonationRow>;

  constructor(dataSource: DataSource) {
    super();
    this.rows = dataSource.getRepository<ImpersonationRow>('Impersonation');
  }

  override async add(impersonation: Impersonation): Promise<void> {
    await orUnavailable(() => this.rows.insert({ ...impersonation, endedAtMs: null }));
  }

  override async concernedBy(sessionIds: readonly string[], actorIds: readonly number[]): Promise<Impersonation[]> {
    const endedAtMs = IsNull();
    const where = [
      ...(sessionIds.length > 0
        ? [
            { endedAtMs, sessionId: In(sessionIds) },
            { endedAtMs, actorSessionId: In(sessionIds) },
          ]
        : []),
      ...(actorIds.length > 0 ? [{ endedAtMs, actorId: In(actorIds) }] : []),
    ];
    return where.length === 0 ? [] : orUnavailable(() => this.rows.find({ where }));
  }

  override async runOut(nowMs: number, most: number): Promise<Impersonation[]> {
    const where = { endedAtMs: IsNull(), expiresAtMs: LessThanOrEqual(nowMs) };
    return orUnavailable(() => this.rows.find({ where, order: { expiresAtMs: 'ASC' }, take: most }));
  }

  override async end(sessionId: string, endedAtMs: number): Promise<boolean> {
    const { affected } = await orUnavailable(() => this.rows.update({ sessionId, endedAtMs: IsNull() }, { endedAtMs }));
    return affected === 1;
  }
}
