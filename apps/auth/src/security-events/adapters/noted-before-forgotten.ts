import type { Clock } from '@gatehouse/kernel';
import { SqlRevocationOutbox } from '@gatehouse/revocation-log/sql';
import type { DataSource } from 'typeorm';

/** The outbox of the feed, where nothing is forgotten before it is noted for the receivers of security events. */
export class NotedBeforeForgotten extends SqlRevocationOutbox {
  /** @param note - notes everything; while it fails nothing is forgotten. */
  constructor(
    dataSource: DataSource,
    clock: Clock,
    private readonly note: () => Promise<void>,
  ) {
    super(dataSource, clock);
  }

  override async prune(nowMs: number): Promise<number> {
    await this.note();
    return super.prune(nowMs);
  }
}
