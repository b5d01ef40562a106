import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { Logger, Metrics } from '@gatehouse/observability';
import type { CurrentKey } from '../tokens/adapters/nest-jwt-token-signer.js';
import { HttpPush } from './adapters/http-push.js';
import { NestJwtSecurityEventSigner } from './adapters/nest-jwt-security-event-signer.js';
import { SqlReceiverCursors } from './adapters/sql-receiver-cursors.js';
import { SqlSecurityEventLog } from './adapters/sql-security-event-log.js';
import type { Receiver } from './receivers/receiver.js';
import { sendWatch } from './send-watch.js';
import { SendEvents } from './send-events.js';
import { Transmitter } from './transmitter.js';

export interface SecurityEventParts {
  readonly receivers: readonly Receiver[];
  readonly dataSource: ConstructorParameters<typeof SqlSecurityEventLog>[0];
  readonly currentKey: () => CurrentKey;
  /** `iss` of the tokens. */
  readonly issuer: string;
  /** Longest life of an access token. */
  readonly accessTokenSeconds: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** For tests: as it is by default nobody has to think of it. */
  readonly pace?: {
    readonly lookEveryMs?: number;
    readonly firstPauseMs?: number;
    readonly leaseMs?: number;
    readonly timeoutMs?: number;
  };
}

/** The transmitter of this instance, with its figures. Does not run yet. */
export function wireSecurityEvents(parts: SecurityEventParts): Transmitter {
  const { receivers, dataSource, currentKey, issuer, accessTokenSeconds, clock, metrics, logger, pace = {} } = parts;
  const log = new SqlSecurityEventLog(dataSource, accessTokenSeconds, clock);
  const cursors = new SqlReceiverCursors(dataSource, randomUuid(), clock, pace.leaseMs);
  const signer = new NestJwtSecurityEventSigner(currentKey, issuer, clock);
  const way = new HttpPush(pace.timeoutMs);
  const names = receivers.map(({ name }) => name);
  const watch = sendWatch(metrics, logger, names);
  metrics.gaugeOfEach(
    {
      name: 'auth_security_event_lag_seconds',
      help: 'Age of the oldest event that a receiver has not had; 0 when none waits',
      label: 'receiver',
    },
    async () => new Map([...(await cursors.lagsMs(names))].map(([name, lagMs]) => [name, lagMs / 1000])),
  );
  const senders = receivers.map(
    (receiver) => new SendEvents(receiver, log, cursors, signer, way, clock, watch, pace.firstPauseMs),
  );
  return new Transmitter(senders, log, cursors, {
    ...(pace.lookEveryMs === undefined ? {} : { lookEveryMs: pace.lookEveryMs }),
    onProblem: (error) => logger.warn('security events wait for the database or a key', { error }),
  });
}
