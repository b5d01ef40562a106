import { orUnavailable, STATEMENT_TIMEOUT_MS } from '@gatehouse/sql';
import type { DataSource } from 'typeorm';
import { AuditChainReader, type ReadHead, type ReadRow } from '../verify/audit-chain-reader.port.js';
import { readHead } from './audit-statements.js';

/** Written out: hundreds of thousands pass through here, and mapping them to entities would take most of the time. */
const ROWS = `SELECT seq, prev_hash, hash, event_id, kind, user_id, actor_id, client_id, session_id, ip_address, request_id, details,
  occurred_at_ms, witnessed FROM audit_events WHERE seq > ? ORDER BY seq LIMIT ?`;

/** Numbers beyond 2^53 come as text, and are no numbers of ours. */
type Numeric = number | string;

interface RawRow {
  readonly seq: Numeric;
  readonly prev_hash: string | null;
  readonly hash: string | null;
  readonly event_id: string | null;
  readonly kind: string;
  readonly user_id: Numeric | null;
  readonly actor_id: Numeric | null;
  readonly client_id: string | null;
  readonly session_id: string | null;
  readonly ip_address: string | null;
  readonly request_id: string | null;
  readonly details: string | null;
  readonly occurred_at_ms: Numeric;
  readonly witnessed: number;
}

export class SqlAuditChainReader extends AuditChainReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly timeoutMs = STATEMENT_TIMEOUT_MS,
  ) {
    super();
  }

  override head(): Promise<ReadHead | undefined> {
    return orUnavailable(() => readHead(this.dataSource.manager, { lock: false }), this.timeoutMs);
  }

  override async rows(afterSeq: number, limit: number): Promise<readonly ReadRow[]> {
    const rows = await orUnavailable(() => this.dataSource.query<RawRow[]>(ROWS, [afterSeq, limit]), this.timeoutMs);
    return rows.map(toReadRow);
  }

  override countUnlinked(): Promise<number> {
    return orUnavailable(
      () => this.dataSource.getRepository('AuditEvent').createQueryBuilder('e').where('e.seq IS NULL').getCount(),
      this.timeoutMs,
    );
  }
}

function toReadRow(row: RawRow): ReadRow {
  return {
    seq: Number(row.seq),
    prevHash: row.prev_hash ?? '',
    hash: row.hash ?? '',
    eventId: row.event_id,
    kind: row.kind,
    userId: numberOrNull(row.user_id),
    actorId: numberOrNull(row.actor_id),
    clientId: row.client_id,
    sessionId: row.session_id,
    ipAddress: row.ip_address,
    requestId: row.request_id,
    details: row.details,
    occurredAtMs: Number(row.occurred_at_ms),
    witnessed: row.witnessed,
  };
}

const numberOrNull = (value: Numeric | null) => (value === null ? null : Number(value));
