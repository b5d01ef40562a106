import { addressNetwork } from '@gatehouse/nest-kit';
import type { AuditEvent, AuditEventKind } from './audit-log.port.js';

/** What a stranger can cause as often as they like, for the price of a request. */
const SAMPLED: ReadonlySet<AuditEventKind> = new Set([
  'access.denied',
  'limit.exceeded',
  'signin.throttled',
  'token.introspected',
] satisfies AuditEventKind[]);

/** Whether a stranger can cause events of this kind at will, so that not all of them are kept. */
export const isSampled = (kind: AuditEventKind): boolean => SAMPLED.has(kind);

const WINDOW_MS = 60_000;
/** Of one kind from one network in a window; enough to see what somebody was after. */
const PER_NETWORK = 20;
/** Of one kind in a window, from wherever: what a thousand networks can fill a disk with. */
const PER_KIND = 300;

interface Counted {
  readonly kind: AuditEventKind;
  /** `undefined` for the count over all networks. */
  readonly network: string | undefined;
  kept: number;
  leftOut: number;
}

/**
 * Bounds what a flood can write: of each kind so many a minute are kept, the rest is counted, and the count kept. Per instance.
 * Holds at most as many counts as it lets events through, whatever the number of networks.
 */
export class EventSampler {
  private counts = new Map<string, Counted>();
  private windowEndsMs = 0;

  /** Whether to keep the event. */
  admits(event: AuditEvent, nowMs: number): boolean {
    if (!isSampled(event.kind)) return true;
    if (this.counts.size === 0) this.windowEndsMs = nowMs + WINDOW_MS;
    const everywhere = this.count(event.kind, undefined);
    if (everywhere.kept >= PER_KIND) {
      everywhere.leftOut++;
      return false;
    }
    const here = this.count(event.kind, event.ipAddress === undefined ? 'unknown' : addressNetwork(event.ipAddress));
    if (here.kept >= PER_NETWORK) {
      here.leftOut++;
      return false;
    }
    everywhere.kept++;
    here.kept++;
    return true;
  }

  /** What was left out in the window that has ended, as events to keep; nothing while it lasts. */
  summaries(nowMs: number, { evenIfOpen = false } = {}): AuditEvent[] {
    if (this.counts.size === 0 || (nowMs < this.windowEndsMs && !evenIfOpen)) return [];
    const counted = [...this.counts.values()];
    this.counts = new Map();
    return counted
      .filter(({ leftOut }) => leftOut > 0)
      .map(({ kind, network, leftOut }) => ({ kind, details: { left_out: leftOut, network: network ?? 'any' } }));
  }

  private count(kind: AuditEventKind, network: string | undefined): Counted {
    const name = `${kind} ${network ?? ''}`;
    const counted = this.counts.get(name) ?? { kind, network, kept: 0, leftOut: 0 };
    this.counts.set(name, counted);
    return counted;
  }
}
