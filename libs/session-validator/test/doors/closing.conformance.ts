import { eventually } from '@gatehouse/testing';
import { invalidToken, refusal, type DoorClient } from './door-client.js';
import { DEADLINE_MS, Stopwatch } from './stopwatch.js';

/** What happens to a response that is under way when its session ends. */
export function describeClosing(door: DoorClient): void {
  describe('closes', () => {
    it('a stream when its session ends, with last words, within 150 ms', async () => {
      const { token, claims } = door.rig.signIn();
      const stream = await door.get('/stream', token);
      await eventually(() => expect(door.rig.validator.metrics().watchers).toBe(1));
      const watch = new Stopwatch();
      door.rig.feed.revoke({ scope: 'sid', value: claims.sid });
      expect(await stream.text()).toBe(': hello\n\nbye SESSION_REVOKED');
      expect(await watch.elapsedMs()).toBeLessThan(DEADLINE_MS);
      expect(door.rig.validator.metrics().watchers).toBe(0);
    });

    it('a request that is still being worked on, with the refusal', async () => {
      const { token, claims } = door.rig.signIn();
      const answer = door.get('/slow', token);
      await eventually(() => expect(door.rig.validator.metrics().watchers).toBe(1));
      door.rig.feed.revoke({ scope: 'sid', value: claims.sid });
      expect(await refusal(await answer)).toEqual(invalidToken('SESSION_REVOKED'));
    });

    it('nothing else, and forgets a stream whose client has gone', async () => {
      const [mine, other] = [door.rig.signIn(), door.rig.signIn()];
      const leaving = new AbortController();
      await door.get('/stream', mine.token, { signal: leaving.signal });
      const staying = await door.get('/stream', other.token);
      await eventually(() => expect(door.rig.validator.metrics().watchers).toBe(2));
      leaving.abort();
      await eventually(() => expect(door.rig.validator.metrics().watchers).toBe(1));
      door.rig.feed.revoke({ scope: 'sid', value: mine.claims.sid });
      door.rig.feed.revoke({ scope: 'sid', value: other.claims.sid });
      expect(await staying.text()).toContain('bye SESSION_REVOKED');
    });
  });
}
