import { MAX_CLOCK_TOLERANCE_SECONDS, REVOCATION_MARGIN_SECONDS } from '@gatehouse/contracts';
import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import {
  type FeedLog,
  FeedRelay,
  type OutboxRow,
  type RevocationOutbox,
  RevocationWriter,
} from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import type { KeyBundlePublisher } from '../keys/bundle/key-bundle-publisher.js';
import { endRevokedSessions } from './end-revoked-sessions.js';
import { enforceGenerations, type RightsOf } from './enforce-generations.js';

export interface RevocationParts {
  readonly outbox: RevocationOutbox;
  readonly feedLog: FeedLog;
  readonly sessions: SessionStore;
  readonly rightsOf: RightsOf;
  /** What ends together with the rows being delivered. @default nothing does */
  readonly alsoEnded?: (rows: readonly OutboxRow[]) => Promise<readonly OutboxRow[]>;
  readonly keyBundles: Pick<KeyBundlePublisher, 'publish'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Longest life of an access token, in seconds. */
  readonly accessTokenSeconds: number;
}

/** The writer of revocations and the relay that brings home what the writer could not. Neither runs yet. */
export function wireRevocations(parts: RevocationParts): { writer: RevocationWriter; relay: FeedRelay } {
  const { outbox, feedLog, sessions, keyBundles, clock, logger, accessTokenSeconds } = parts;
  const keepMs = (accessTokenSeconds + MAX_CLOCK_TOLERANCE_SECONDS + REVOCATION_MARGIN_SECONDS) * 1000;
  const onDeliver = async (rows: readonly OutboxRow[], how?: 'without the database') => {
    await endRevokedSessions(sessions, rows);
    // The rest asks the database. The relay does it once that is back.
    if (how) throw new DatabaseUnavailable('the database did not answer a moment ago');
    await enforceGenerations(parts, rows);
    const also = await parts.alsoEnded?.(rows);
    if (also && also.length > 0) await writer.revoke(also);
  };
  const relay = new FeedRelay(outbox, feedLog, clock, {
    keepMs,
    onDeliver,
    // Before the proof of freshness: a Redis that lost everything must have the keys before anybody trusts it again.
    beforeBeat: () => keyBundles.publish(),
    onProblem: (what, error) => logger.warn(what, { error }),
  });
  const writer: RevocationWriter = new RevocationWriter(outbox, feedLog, keepMs, relay, onDeliver);
  return { relay, writer };
}
