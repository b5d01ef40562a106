import { Client } from 'undici';
import type { UpstreamSettings } from '../../config/gateway-settings.js';
import type { Target } from './target.js';

type HealthSettings = NonNullable<UpstreamSettings['health']>;

/** How far from each other the checks of many gateways may drift, as a share of the interval. */
const JITTER = 0.1;

/**
 * Asks a target on a connection of its own: one that waited behind a full pool would find a busy target ill.
 *
 * Healthy is whoever answers 2xx within `timeoutMs`; a redirect is not followed.
 */
export class HealthCheck {
  private readonly client: Client;
  private timer: NodeJS.Timeout | undefined;
  private good = 0;
  private bad = 0;
  private stopped = false;

  /** @param onChange - told after `target.healthy` has changed */
  constructor(
    private readonly target: Target,
    private readonly settings: HealthSettings,
    private readonly onChange: (target: Target) => void,
  ) {
    this.client = new Client(target.origin, {
      connectTimeout: settings.timeoutMs,
      keepAliveTimeout: Math.max(1_000, Math.min(settings.everyMs, 4_000)),
    });
    this.schedule(0);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.client.destroy();
  }

  private schedule(inMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => void this.check(), inMs).unref();
  }

  private async check(): Promise<void> {
    const healthy = await this.ask();
    if (this.stopped) return;
    this.note(healthy);
    this.schedule(this.settings.everyMs * (1 - JITTER + Math.random() * 2 * JITTER));
  }

  private async ask(): Promise<boolean> {
    const { path, timeoutMs } = this.settings;
    try {
      const { statusCode, body } = await this.client.request({
        method: 'GET',
        path,
        headers: { 'user-agent': 'gatehouse-health' },
        signal: AbortSignal.timeout(timeoutMs),
      });
      await body.dump({ limit: 65_536 });
      return statusCode >= 200 && statusCode < 300;
    } catch {
      return false;
    }
  }

  private note(healthy: boolean): void {
    const { unhealthyAfter, healthyAfter } = this.settings;
    this.good = healthy ? this.good + 1 : 0;
    this.bad = healthy ? 0 : this.bad + 1;
    const now = this.target.healthy ? this.bad < unhealthyAfter : this.good >= healthyAfter;
    if (now === this.target.healthy) return;
    this.target.healthy = now;
    this.onChange(this.target);
  }
}
