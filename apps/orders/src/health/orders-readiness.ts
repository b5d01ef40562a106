import { ReadinessProbe, type Readiness } from '@gatehouse/nest-kit';
import type { SessionValidator } from '@gatehouse/session-validator';

/**
 * Not ready before keys and the first complete list of revocations: until then no token can be judged. Afterwards the last list is
 * enforced, so a feed that is away only degrades; were it otherwise, one outage of Redis would take every instance out.
 */
export class OrdersReadiness extends ReadinessProbe {
  constructor(
    private readonly validator: SessionValidator,
    private readonly pingDatabase: () => Promise<number>,
    private readonly requiresFeed: boolean,
  ) {
    super();
  }

  async check(): Promise<Readiness> {
    const { ready, feed, keys } = this.validator.health();
    const database = await this.pingDatabase().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const checks = {
      feed: { state: feed.state, age_seconds: feed.ageSeconds, entries: feed.entries },
      keys: { version: keys.version, count: keys.count },
      database,
    };
    if (!ready || (this.requiresFeed && feed.state === 'stale')) return { status: 'not-ready', checks };
    return { status: feed.state === 'stale' || database === 'down' ? 'degraded' : 'ready', checks };
  }
}
