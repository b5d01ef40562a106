import { orUnavailable } from '@gatehouse/sql';
import type { DataSource } from 'typeorm';
import { HOUR_MS } from '../../audit/figures.js';
import { AuditFigures, type CountedSpan, type FigureQuery } from '../audit-figures.port.js';

interface RawSpan {
  readonly kind: string;
  readonly reason: string;
  readonly start: number | string;
  readonly total: number | string;
}

/** Reads `audit_figures`, whose primary key is the kind and the hour: each kind is one stretch of it. */
export class SqlAuditFigures extends AuditFigures {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override async count(query: FigureQuery): Promise<readonly CountedSpan[]> {
    const { statement, values } = figuresStatement(query);
    const rows = await orUnavailable(() => this.dataSource.query<RawSpan[]>(statement, values));
    return rows.map(({ kind, reason, start, total }) => ({
      kind,
      reason,
      startMs: Number(start) * HOUR_MS,
      total: Number(total),
    }));
  }
}

/** Apart, so that a test can ask the database how it would run it. */
export function figuresStatement({ kinds, fromMs, untilMs, stepHours }: FigureQuery) {
  return {
    // Without a division: the two databases round differently.
    statement: `SELECT kind, reason, hour - hour % ? AS start, SUM(total) AS total FROM audit_figures
      WHERE kind IN (${kinds.map(() => '?').join(', ')}) AND hour >= ? AND hour < ?
      GROUP BY kind, reason, hour - hour % ?`,
    values: [stepHours, ...kinds, fromMs / HOUR_MS, untilMs / HOUR_MS, stepHours],
  };
}
