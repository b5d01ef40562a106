// The three policies of a route.
export const BOUNDED = { bounded_seconds: 30 };
/** Verdicts for bob, who is never revoked here, under the three policies. */
export const bob = (open, bounded, closed) => [
  ['bob', open],
  ['bob', open, 'open'],
  ['bob', bounded, BOUNDED],
  ['bob', closed, 'closed'],
];
export const OK = 'accepted';
export const STALE = 'FEED_STALE';
