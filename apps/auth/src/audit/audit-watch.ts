import type { ChainFlaw } from './adapters/sql-audit-chain.js';
import type { ChainHead } from './chain.js';

/** Told of what becomes of events. */
export interface AuditWatch {
  written(events: number, head: ChainHead): void;
  /** A write failed; it will be tried again. */
  failed(error: unknown): void;
  /** Given up because too many were waiting. */
  lost(events: number): void;
  /** Counted rather than kept. */
  leftOut(): void;
  flawed(flaw: ChainFlaw): void;
}
