import type { Clock } from '@gatehouse/kernel';
import type { Metrics } from '@gatehouse/observability';
import { signsSinceMs } from './key-duties.js';
import type { KeyRing } from '../signing/key-ring.js';

export interface KeyGaugeParts {
  readonly metrics: Metrics;
  readonly ring: KeyRing;
  readonly clock: Clock;
  /** 0 where nothing is rotated by itself. */
  readonly rotateAfterMs: number;
}

/** Figures about keys, read when they are scraped. One that cannot be told is left out. */
export function registerKeyGauges({ metrics, ring, clock, rotateAfterMs }: KeyGaugeParts): void {
  const signsForMs = () => {
    const active = ring.active();
    if (!active) throw new Error('there is no key to sign with');
    return clock.nowMs() - signsSinceMs(active);
  };
  metrics.gauge(
    { name: 'auth_signing_key_age_seconds', help: 'For how long the key has been signing that signs now' },
    () => Math.max(0, signsForMs()) / 1000,
  );
  metrics.gauge({ name: 'auth_signing_keys_published', help: 'Keys that validators are told to accept' }, () =>
    ring.isEmpty ? 0 : ring.published().length,
  );
  if (rotateAfterMs === 0) return;
  metrics.gauge(
    { name: 'auth_signing_key_rotation_due_seconds', help: 'Until the next key takes over; negative when overdue' },
    () => (rotateAfterMs - signsForMs()) / 1000,
  );
}
