import type { Clock } from '@gatehouse/kernel';
import type { Logger, Metrics } from '@gatehouse/observability';
import type { DataSource } from 'typeorm';
import { CountingAuditLog } from '../../health/counting-audit-log.js';
import { LoggedAuditLog } from './logged-audit-log.js';
import { SqlAuditChain } from './sql-audit-chain.js';
import { SqlAuditChainReader } from './sql-audit-chain-reader.js';
import { SqlAuditLog } from './sql-audit-log.js';
import { SqlAuditTrail } from './sql-audit-trail.js';
import { AuditKeeper } from '../audit-keeper.js';
import type { AuditLog } from '../audit-log.port.js';
import { AuditMetrics } from '../audit-metrics.js';
import type { AuditTrail } from '../audit-trail.port.js';
import { ChainSealer } from '../chain.js';
import { VerifyAuditLog } from '../verify/verify-audit-log.js';

export interface AuditParts {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly masterKey: Buffer;
  /** While the master key is being changed. */
  readonly otherMasterKey: Buffer | undefined;
  /** 0 keeps events for ever. */
  readonly retentionDays: number;
}

export interface WiredAudit {
  readonly log: AuditLog;
  readonly trail: AuditTrail;
  readonly verify: VerifyAuditLog;
  readonly keeper: AuditKeeper;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Verification asks several times in one request, which must be over in two seconds. */
const READ_TIMEOUT_MS = 300;

export function wireAudit(parts: AuditParts): WiredAudit {
  const { dataSource, clock, metrics, logger, masterKey, otherMasterKey, retentionDays } = parts;
  const sealer = new ChainSealer(masterKey, otherMasterKey);
  const chain = new SqlAuditChain(dataSource, sealer, clock);
  const watch = new AuditMetrics(metrics, logger);
  const written = new SqlAuditLog(chain, clock, watch);
  metrics.gauge({ name: 'auth_audit_waiting', help: 'Security events that wait to be written' }, () => written.waiting);
  const log = new LoggedAuditLog(new CountingAuditLog(written, metrics), logger);
  const keeper = new AuditKeeper(chain, log, watch, { retentionDays }, clock, logger);
  return {
    log,
    trail: new SqlAuditTrail(dataSource),
    verify: new VerifyAuditLog(new SqlAuditChainReader(dataSource, READ_TIMEOUT_MS), sealer),
    keeper,
    close: async () => {
      await keeper.stop();
      await written.close();
      await keeper.look();
    },
  };
}
