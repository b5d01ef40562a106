import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import {
  LedgeredSessionStore,
  LedgerWriter,
  type LedgerWriterStatus,
  type RestorableSessionStore,
  type SessionLedger,
  type SessionWitness,
} from '@gatehouse/session-store/ledger';
import { SqlSessionLedger } from '@gatehouse/session-store/sql';
import type { DataSource } from 'typeorm';
import { revokedSessions } from './revoked-sessions.js';

export interface SessionLedgerSettings {
  /** How long a session is kept once it is over, in ms. */
  readonly keepPastMs: number;
  /** Longest a refresh waits for the ledger, in ms. */
  readonly rotationWaitMs: number;
}

export interface SessionLedgerParts {
  readonly dataSource: DataSource;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: SessionLedgerSettings;
  /** The store that may lose sessions; tells what it does to the witness. */
  readonly live: (witness: SessionWitness) => RestorableSessionStore;
}

export interface WiredSessionLedger {
  readonly sessions: LedgeredSessionStore;
  readonly ledger: SessionLedger;
  readonly status: () => LedgerWriterStatus;
  /** Writes what waits, for two seconds at the most. */
  readonly close: () => Promise<void>;
}

/** Well before a revocation is forgotten, which is two minutes after it was made at the earliest. */
const TIDY_EVERY_MS = 30_000;
const CLOSE_PATIENCE_MS = 2_000;

/** Sessions that survive the store they live in. */
export function wireSessionLedger({
  dataSource,
  clock,
  logger,
  settings,
  live,
}: SessionLedgerParts): WiredSessionLedger {
  const { keepPastMs, rotationWaitMs } = settings;
  const ledger = new SqlSessionLedger(dataSource, clock, { keepPastMs }, revokedSessions(dataSource));
  const writer = new LedgerWriter(ledger, clock, { onProblem: (what, error) => logger.warn(what, { error }) });
  let tidying: Promise<void> = Promise.resolve();
  const tidy = () => {
    // Whatever goes wrong is tried again, and that the database is away is told by others.
    tidying = tidying.then(() => ledger.tidy()).catch(() => undefined);
  };
  const timer = setInterval(tidy, TIDY_EVERY_MS);
  timer.unref();
  return {
    sessions: new LedgeredSessionStore(live(writer), ledger, writer, { rotationWaitMs }),
    ledger,
    status: () => writer.status(),
    close: async () => {
      clearInterval(timer);
      await Promise.all([writer.stop(CLOSE_PATIENCE_MS), tidying]);
    },
  };
}
