import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { UpstreamSettings } from '../../config/gateway-settings.js';
import { Upstream } from './upstream.js';

/** All upstreams by name. What has not changed keeps its connections and what it knows of its targets. */
export class Upstreams {
  private byName = new Map<string, Upstream>();
  private readonly leaving = new Set<Upstream>();

  constructor(
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  find(name: string): Upstream | undefined {
    return this.byName.get(name);
  }

  all(): Iterable<Upstream> {
    return this.byName.values();
  }

  /** Swaps at once; nothing of the old is touched if something of the new cannot be made. */
  configure(settings: readonly UpstreamSettings[]): void {
    const next = new Map<string, Upstream>();
    const made: Upstream[] = [];
    try {
      for (const one of settings) {
        const before = this.byName.get(one.name);
        const kept = before && fingerprint(before.settings) === fingerprint(one) ? before : undefined;
        const upstream = kept ?? new Upstream(one, this.clock, this.logger);
        if (!kept) made.push(upstream);
        next.set(one.name, upstream);
      }
    } catch (failure) {
      for (const upstream of made) void upstream.destroy();
      throw failure;
    }
    const gone = [...this.byName.values()].filter((upstream) => next.get(upstream.settings.name) !== upstream);
    this.byName = next;
    for (const upstream of gone) this.letGo(upstream);
  }

  /** Cuts what is still open. */
  async destroy(): Promise<void> {
    await Promise.all([...this.byName.values(), ...this.leaving].map((upstream) => upstream.destroy()));
    this.byName = new Map();
  }

  private letGo(upstream: Upstream): void {
    this.leaving.add(upstream);
    void upstream.close().finally(() => this.leaving.delete(upstream));
  }
}

function fingerprint(settings: UpstreamSettings): string {
  const { targets, ...others } = settings;
  return JSON.stringify([targets.map(String), others]);
}
