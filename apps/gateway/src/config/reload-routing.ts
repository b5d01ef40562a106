import type { Logger, Metrics } from '@gatehouse/observability';
import { basename } from 'node:path';
import { type ConfigFault, describeFault } from './config-fault.js';
import type { GatewaySettings, Routing, UpstreamSettings } from './gateway-settings.js';
import type { ExaminedGateway } from './load-gateway-settings.js';

export type ReloadOutcome = 'unchanged' | 'reloaded' | 'refused';

export interface ReloadParts {
  /** Reads the file anew. */
  readonly examine: () => ExaminedGateway;
  /** Puts other routes and upstreams in force, as a whole. */
  readonly swap: (routing: Routing) => Promise<void>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Groups of the file that take effect while the gateway runs. */
const AT_ONCE = ['routes', 'upstreams', 'default'];
/** Longer than deciding about a request takes: one that was let in by an old route still finds its upstream. */
const LINGER_MS = 10_000;

/**
 * Takes over a changed file while the gateway runs: routes and upstreams, as a whole or not at all. A file that cannot be used
 * leaves everything as it is and is told of in the log. What needs a restart is named there too.
 */
export class ReloadRouting {
  private readonly started: ExaminedGateway;
  private current: ExaminedGateway;
  private running: Promise<unknown> = Promise.resolve();
  private lingering: NodeJS.Timeout | undefined;
  private readonly count: (outcome: ReloadOutcome) => void;

  /** @param inForce what the gateway was started with */
  constructor(
    private readonly parts: ReloadParts,
    inForce: ExaminedGateway,
  ) {
    this.started = inForce;
    this.current = inForce;
    const counter = parts.metrics.counter({
      name: 'gateway_config_reloads_total',
      help: 'Times the file was read anew, by what came of it',
      labels: ['outcome'],
    });
    // There from the beginning: of a figure that begins with its first event, Prometheus sees no increase.
    counter.inc({ outcome: 'refused' }, 0);
    this.count = (outcome) => counter.inc({ outcome });
  }

  /** One after the other; the last one sees the newest file. Never throws. @param why for the log */
  run(why: string): Promise<ReloadOutcome> {
    const next = this.running.then(() => this.reload(why));
    this.running = next;
    return next;
  }

  /** Lets go of what was replaced a moment ago. */
  stop(): void {
    clearTimeout(this.lingering);
  }

  private async reload(why: string): Promise<ReloadOutcome> {
    const outcome = await this.take(why).catch((error: unknown): ReloadOutcome => {
      this.parts.logger.error('the new configuration could not be put in force; the old one stays', { why, error });
      return 'refused';
    });
    this.count(outcome);
    return outcome;
  }

  private async take(why: string): Promise<ReloadOutcome> {
    const { logger } = this.parts;
    const found = this.parts.examine();
    const { settings } = found;
    const faults = settings ? this.unknownProviders(settings) : found.faults;
    if (!settings || faults.length > 0) {
      const list = faults.map((fault) => describeFault(basename(found.file), fault));
      logger.error('the new configuration cannot be used; the old one stays', { why, faults: list });
      return 'refused';
    }
    const restart = changed(this.started, found).filter((group) => !AT_ONCE.includes(group));
    if (restart.length > 0) logger.warn('part of the new configuration needs a restart', { why, groups: restart });
    if (changed(this.current, found).length === 0) return 'unchanged';
    await this.putInForce(settings.routing);
    this.current = found;
    const { table, upstreams } = settings.routing;
    logger.info('the new configuration is in force', { why, routes: table.routes.length, upstreams: upstreams.length });
    return 'reloaded';
  }

  /** A route may lead to a provider that was added to the file and is not there before a restart. */
  private unknownProviders({ routing }: GatewaySettings): ConfigFault[] {
    const running = this.started.settings?.providers;
    return routing.table.routes.flatMap(({ id, provider }) => {
      if (provider === undefined || running?.has(provider)) return [];
      return [{ path: ['routes'], message: `${id} leads to a provider that is there after a restart only` }];
    });
  }

  private async putInForce({ table, upstreams }: Routing): Promise<void> {
    clearTimeout(this.lingering);
    const names = new Set(upstreams.map(({ name }) => name));
    const left: UpstreamSettings[] = (this.current.settings?.routing.upstreams ?? []).filter(
      ({ name }) => !names.has(name),
    );
    await this.parts.swap({ table, upstreams: [...upstreams, ...left] });
    if (left.length === 0) return;
    this.lingering = setTimeout(() => {
      this.parts.swap({ table, upstreams }).catch((error: unknown) => {
        this.parts.logger.error('upstreams that are used no more could not be let go of', { error });
      });
    }, LINGER_MS).unref();
  }
}

/** Groups that differ, by their prints: what was read is not kept, since there are secrets in it. */
function changed(before: ExaminedGateway, after: ExaminedGateway): string[] {
  const names = new Set([...before.prints.keys(), ...after.prints.keys()]);
  return [...names].filter((name) => before.prints.get(name) !== after.prints.get(name)).sort();
}
