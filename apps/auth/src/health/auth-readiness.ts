import { type Readiness, ReadinessProbe } from '@gatehouse/nest-kit';
import type { SessionStore } from '@gatehouse/session-store';
import type { LedgerWriterStatus } from '@gatehouse/session-store/ledger';

/** What the driver knows of its connection to Redis, without asking the server. */
export interface RedisConnectionFacts {
  readonly connected: boolean;
  readonly pool: { readonly total: number; readonly idle: number; readonly waiting: number };
}

export interface ReadinessParts {
  readonly sessions: Pick<SessionStore, 'checkReadWrite'>;
  /** `undefined` where sessions are kept in memory. */
  readonly redis: (() => RedisConnectionFacts) | undefined;
  /** Resolves when the database answers. */
  readonly checkDatabase: () => Promise<void>;
  readonly keys: { active(): object | undefined; readonly version: number };
  readonly feed: { admitted(): boolean; hasCaughtUp(): boolean; status(): object };
  /** Whether the service has read a first list of what has ended. Before that it takes no token. */
  readonly holdsList: () => boolean;
  readonly sessionLedger: () => LedgerWriterStatus;
  /** Makes a missing Redis a reason not to be ready. */
  readonly requiresRedis: boolean;
}

/** Time for each dependency to answer. All together must stay below a second. */
const PATIENCE_MS = 700;

/**
 * Ready as long as people can sign in or stay signed in. Taking every instance out of service because one store is away would
 * turn a degraded service into none.
 *
 * Not before it has caught up with the feed, where nothing is away that it would have to wait for: until then it answers refreshes and
 * tokens with 503, which those it is to replace do not.
 */
export class AuthReadiness extends ReadinessProbe {
  constructor(private readonly parts: ReadinessParts) {
    super();
  }

  async check(): Promise<Readiness> {
    const { sessions, redis, checkDatabase, keys, feed, requiresRedis } = this.parts;
    const [store, database] = await Promise.all([ask(() => sessions.checkReadWrite()), ask(checkDatabase)]);
    const canSign = keys.active() !== undefined;
    const isStarting = store.up && database.up && !(feed.hasCaughtUp() && this.parts.holdsList());
    const admitted = feed.admitted();
    const canSignIn = database.up && canSign;
    const canRefresh = store.up && canSign && admitted;
    const facts = redis?.();
    const ledger = this.parts.sessionLedger();
    return {
      status: isStarting ? 'not-ready' : statusOf(canSignIn, canRefresh, requiresRedis && !store.up),
      checks: {
        redis: {
          ...(facts ? { connectivity: facts.connected, pool: facts.pool } : { embedded: true }),
          read_write: store.up,
          latency_ms: store.latencyMs,
        },
        mysql: { connectivity: database.up, latency_ms: database.latencyMs },
        keys: { active: canSign, version: keys.version },
        feed: { admitted, ...feed.status() },
        session_ledger: { reachable: ledger.reachable, waiting: ledger.waiting, oldest_ms: ledger.oldestMs },
      },
    };
  }
}

function statusOf(canSignIn: boolean, canRefresh: boolean, lacksRedis: boolean): Readiness['status'] {
  if (lacksRedis || (!canSignIn && !canRefresh)) return 'not-ready';
  return canSignIn && canRefresh ? 'ready' : 'degraded';
}

/** Never throws, and never takes longer than {@link PATIENCE_MS}. */
async function ask(question: () => Promise<void>): Promise<{ up: boolean; latencyMs: number | null }> {
  const startedMs = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PATIENCE_MS);
  });
  try {
    await Promise.race([question(), impatience]);
    return { up: true, latencyMs: Math.round((performance.now() - startedMs) * 10) / 10 };
  } catch {
    return { up: false, latencyMs: null };
  } finally {
    clearTimeout(timer);
  }
}
