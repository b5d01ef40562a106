import type { RegionRelayStatus } from '@gatehouse/revocation-log/redis';

export interface RelayFigures extends RegionRelayStatus {
  /** Key bundles put into this region's Redis since the start. */
  readonly keyBundles: number;
}

/** Behind by more than this, validators of this region would soon refuse on their strictest routes. */
export const LONGEST_BEHIND_MS = 2_500;

/** Whether this region knows what the home region knows, but for the length of the line. */
export const isInStep = ({ state, behindMs }: RelayFigures): boolean =>
  state === 'following' && behindMs <= LONGEST_BEHIND_MS;

/** For `GET /ready`: degraded is told, never refused; a relay that is restarted for it would only be further behind. */
export function readiness(figures: RelayFigures): object {
  const { state, behindMs, position } = figures;
  return {
    status: isInStep(figures) ? 'ready' : 'degraded',
    state,
    behind_seconds: Number.isFinite(behindMs) ? behindMs / 1000 : null,
    position: position ?? null,
  };
}

/** In the text format of Prometheus. */
export function metricsText({ state, behindMs, records, copies, keyBundles }: RelayFigures): string {
  const figures: [name: string, type: string, help: string, value: number, labels?: string][] = [
    [
      'gatehouse_relay_behind_seconds',
      'gauge',
      'How long ago, at most, this region held everything that had been written in the home region',
      behindMs / 1000,
    ],
    ['gatehouse_relay_records_total', 'counter', 'Records carried since the start', records],
    ['gatehouse_relay_copies_total', 'counter', 'Times the whole log was copied', copies],
    ['gatehouse_relay_key_bundles_total', 'counter', 'Key bundles carried since the start', keyBundles],
    ['gatehouse_relay_state', 'gauge', 'The state it is in', 1, `{state="${state}"}`],
  ];
  return figures
    .map(([name, type, help, value, labels = '']) => {
      const number = Number.isFinite(value) ? String(value) : '+Inf';
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${name}${labels} ${number}\n`;
    })
    .join('');
}
