import { createHash } from 'node:crypto';

const untilMs = Date.now() + 3_600_000;

/** A session id as tokens and entries carry it, 64 hexadecimal characters; `i` decides which. A fresh string each time. */
export const sessionId = (i) => createHash('sha256').update(`session ${i}`).digest('hex');

/** A revocation of that session, as it comes off the wire. */
export const entryOf = (i) => ({
  id: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00',
  scope: 'sid',
  value: sessionId(i),
  cutoff: 0,
  untilMs,
  reason: 'user_signout',
});

/** Some seconds later: a list may keep time in coarser steps, as long as it is never early. */
export const AFTER_ALL_EXPIRED_MS = untilMs + 10_000;

/**
 * Two forms of the same list: ours, and the plain Map people write.
 *
 * @returns {Promise<{ add: (entry: object) => void, has: (value: string) => boolean, expire: () => number }>} `expire`
 *   forgets what has run out and tells how much is left
 */
export async function emptyList(form) {
  if (form === 'map') {
    const map = new Map();
    return {
      add: ({ value, untilMs: until }) => map.set(value, until),
      has: (value) => map.has(value),
      expire: () => {
        for (const [value, until] of map) if (until < AFTER_ALL_EXPIRED_MS) map.delete(value);
        return map.size;
      },
    };
  }
  const { RevocationReplica } = await import('../../../libs/session-validator/dist/core/revocations/replica.js');
  const replica = new RevocationReplica();
  return {
    add: (entry) => void replica.merge(entry),
    has: (value) => replica.hasEnded('sid', value),
    expire: () => {
      // A sweep does a share of the work and goes on there next time.
      for (let i = 0; i < 10_000 && replica.entries > 0; i++) replica.sweep(AFTER_ALL_EXPIRED_MS);
      return replica.entries;
    },
  };
}
