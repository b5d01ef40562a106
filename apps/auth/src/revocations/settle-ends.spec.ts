import type { EndedSession } from '@gatehouse/session-store';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { SettleEnds } from './settle-ends.js';

const USER = 7;

/** Ends that are noted until their revocation has become durable, which takes until the next turn. */
function someEnds() {
  const noted = new Map<string, EndedSession['cause']>();
  const batches: string[][] = [];
  const failing: { with?: Error } = {};
  const settle = new SettleEnds(
    {
      unconfirmedEnds: async (userId) =>
        [...noted].map(([sessionId, cause]) => ({ userId, sessionId, cause })) satisfies EndedSession[],
    },
    {
      run: async ({ sessionIds }) => {
        batches.push([...sessionIds]);
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (failing.with) throw failing.with;
        for (const id of sessionIds) noted.delete(id);
        return { revocationId: 'r' };
      },
    },
  );
  return { noted, batches, failing, settle };
}

it('lets a crowd settle its ends together: nobody repeats what another is at', async () => {
  const { noted, batches, settle } = someEnds();
  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, n) => {
      noted.set(`s${n}`, 'evicted_limit');
      return settle.run(USER);
    }),
  );
  expect(outcomes).toEqual(Array(100).fill(true));
  expect(noted.size).toBe(0);
  expect(batches.length).toBeLessThanOrEqual(2);
  expect(new Set(batches.flat()).size).toBe(batches.flat().length);
});

it('has settled what was noted when it was asked, whoever else was settling then', async () => {
  const { noted, settle } = someEnds();
  noted.set('first', 'evicted_limit');
  const first = settle.run(USER);
  await new Promise((resolve) => setImmediate(resolve));
  noted.set('second', 'reuse_detected');
  await settle.run(USER);
  expect(noted.size).toBe(0);
  await first;
});

it('says when something is left, and begins again the next time', async () => {
  const { noted, failing, settle } = someEnds();
  noted.set('s', 'evicted_limit');
  failing.with = new DatabaseUnavailable('away');
  expect(await Promise.all([settle.run(USER), settle.run(USER)])).toEqual([false, false]);
  delete failing.with;
  expect(await settle.run(USER)).toBe(true);
  expect(noted.size).toBe(0);
});

it('fails for what nobody foresaw, and is not stuck after it', async () => {
  const { noted, failing, settle } = someEnds();
  noted.set('s', 'evicted_limit');
  failing.with = new TypeError('a mistake of ours');
  const both = await Promise.allSettled([settle.run(USER), settle.run(USER)]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  delete failing.with;
  expect(await settle.run(USER)).toBe(true);
});
