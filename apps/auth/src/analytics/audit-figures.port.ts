import type { AuditEventKind } from '../audit/audit-event-kinds.js';

export interface FigureQuery {
  readonly kinds: readonly AuditEventKind[];
  /** Start of an hour or day (UTC), in ms. */
  readonly fromMs: number;
  /** Not included. */
  readonly untilMs: number;
  /** Length of one span. */
  readonly stepHours: number;
}

export interface CountedSpan {
  readonly kind: string;
  /** Code that tells events of the kind apart; empty where nothing does. */
  readonly reason: string;
  readonly startMs: number;
  readonly total: number;
}

/** How many audit events there were. Costs what the spans cost, not what the events would. */
export abstract class AuditFigures {
  /**
   * Spans without events are left out.
   *
   * @throws {DatabaseUnavailable}
   */
  abstract count(query: FigureQuery): Promise<readonly CountedSpan[]>;
}
