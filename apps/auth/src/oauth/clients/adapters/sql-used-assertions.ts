import { createHash } from 'node:crypto';
import { isDuplicateKey, orUnavailable } from '@gatehouse/sql';
import { type DataSource, LessThan, type Repository } from 'typeorm';
import { UsedAssertions } from '../used-assertions.port.js';
import type { UsedAssertionRow } from './used-assertion.entity.js';

/** In the database, which the client's keys come from anyway: a Redis that lost its memory lets nothing through twice. */
export class SqlUsedAssertions extends UsedAssertions {
  private readonly rows: Repository<UsedAssertionRow>;

  constructor(dataSource: DataSource) {
    super();
    this.rows = dataSource.getRepository<UsedAssertionRow>('UsedAssertion');
  }

  override async useOnce(clientId: string, tokenId: string, expiresAtMs: number): Promise<boolean> {
    const print = createHash('sha256')
      .update(JSON.stringify([clientId, tokenId]))
      .digest('hex');
    try {
      // The primary key decides; looking first would let two through at once.
      await orUnavailable(() => this.rows.insert({ print, expiresAtMs }));
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  }

  override async prune(nowMs: number): Promise<void> {
    await orUnavailable(() => this.rows.delete({ expiresAtMs: LessThan(nowMs) }));
  }
}
