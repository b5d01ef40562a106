import { MAX_CLOCK_TOLERANCE_SECONDS, REVOCATION_MARGIN_SECONDS } from '@gatehouse/contracts';
import type { FreshKey, KeyRevocationReason, SigningKey } from '../signing/signing-key.js';
import type { KeyChange, SigningKeySet } from '../signing/signing-key-store.port.js';

/**
 * How long an instance may go on signing with a key after another instance has retired it, in ms. It learns of it within
 * seconds; this much it may be late.
 */
export const LATE_SIGNING_MS = 300_000;

export const activeOf = ({ keys }: SigningKeySet): SigningKey | undefined => keys.find((key) => key.state === 'active');
export const nextOf = ({ keys }: SigningKeySet): SigningKey | undefined => keys.find((key) => key.state === 'next');

/** `next` becomes active, `active` retires, and a fresh `next` is published. */
export function rotation(set: SigningKeySet, next: SigningKey, fresh: FreshKey): KeyChange {
  const active = activeOf(set);
  return {
    ...(active ? { retire: { kid: active.kid, publishedForMs: publishedForMs(active) } } : {}),
    activate: next.kid,
    add: { next: fresh },
  };
}

/**
 * The key leaves at once. One that signed is followed by `next`, which validators know already; where there is none that can
 * be used, by a fresh one. Afterwards there is a key to sign with and a key that waits.
 */
export function withdrawal(
  set: SigningKeySet,
  key: SigningKey,
  reason: KeyRevocationReason,
  fresh: { readonly active: FreshKey; readonly next: FreshKey },
): KeyChange {
  const gone = { kid: key.kid, ending: 'withdrawn', reason } as const;
  if (key.state === 'retired') return { remove: [gone] };
  if (key.state === 'next') return { remove: [gone], add: { next: fresh.next } };
  const next = nextOf(set);
  if (next?.privateKey) return { remove: [gone], activate: next.kid, add: { next: fresh.next } };
  // A `next` that cannot be opened would only stand in the way of one that can.
  const unusable = next ? [{ kid: next.kid, ending: 'expired' } as const] : [];
  return { remove: [gone, ...unusable], add: fresh };
}

/** Retired keys whose last token has expired. `undefined` when there are none. */
export function farewell({ keys, atMs }: SigningKeySet): KeyChange | undefined {
  const over = keys.filter(({ publishedUntilMs }) => publishedUntilMs !== undefined && publishedUntilMs <= atMs);
  return over.length === 0 ? undefined : { remove: over.map(({ kid }) => ({ kid, ending: 'expired' })) };
}

/** Ms until the key that waits may sign: validators that ask now and then must have had the time to learn of it. */
export function waitMs({ atMs }: SigningKeySet, next: SigningKey, publishAheadMs: number): number {
  return Math.max(0, next.createdAtMs + publishAheadMs - atMs);
}

/** Until the last token it signed has expired on the slowest clock that is forgiven. */
function publishedForMs({ tokenSeconds }: SigningKey): number {
  return LATE_SIGNING_MS + (tokenSeconds + MAX_CLOCK_TOLERANCE_SECONDS + REVOCATION_MARGIN_SECONDS) * 1000;
}
