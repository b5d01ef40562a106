import { randomBytes } from 'node:crypto';
import { describeAuditTrail } from '../../test/audit-trail.conformance.js';
import { databases } from '../../test/databases.js';
import { MemoryAuditLog } from './adapters/memory-audit-log.js';
import { MemoryAuditTrail } from './adapters/memory-audit-trail.js';
import { SqlAuditChain } from './adapters/sql-audit-chain.js';
import { SqlAuditLog } from './adapters/sql-audit-log.js';
import { SqlAuditTrail } from './adapters/sql-audit-trail.js';
import { unwatched } from '../../test/unwatched.js';
import { ChainSealer } from './chain.js';

describeAuditTrail('memory', async (clock) => {
  const log = new MemoryAuditLog(clock);
  return { log, trail: new MemoryAuditTrail(log) };
});

for (const [name, fresh] of databases) {
  describeAuditTrail(name, async (clock) => {
    const { dataSource } = await (await fresh())();
    const chain = new SqlAuditChain(dataSource, new ChainSealer(randomBytes(32)), clock);
    return { log: new SqlAuditLog(chain, clock, unwatched), trail: new SqlAuditTrail(dataSource) };
  });
}
