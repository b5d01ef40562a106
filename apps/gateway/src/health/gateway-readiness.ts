import { type Readiness, ReadinessProbe } from '@gatehouse/nest-kit';
import type { SessionValidator } from '@gatehouse/session-validator';

/**
 * Not ready before keys and the first complete list of revocations: until then no session can be judged. A session store that is
 * away only degrades: routes without sessions are served, and so are sessions known a moment ago where their route allows it; and
 * were every instance taken out, nobody would get so much as a 503 to read.
 */
export class GatewayReadiness extends ReadinessProbe {
  constructor(
    private readonly validator: SessionValidator,
    private readonly checkStore: () => Promise<void>,
  ) {
    super();
  }

  async check(): Promise<Readiness> {
    const { ready, feed, keys } = this.validator.health();
    const sessions = await this.checkStore().then(
      () => 'up' as const,
      () => 'down' as const,
    );
    const checks = {
      feed: { state: feed.state, age_seconds: feed.ageSeconds, entries: feed.entries },
      keys: { version: keys.version, count: keys.count },
      sessions,
    };
    if (!ready) return { status: 'not-ready', checks };
    return { status: feed.state === 'stale' || sessions === 'down' ? 'degraded' : 'ready', checks };
  }
}
