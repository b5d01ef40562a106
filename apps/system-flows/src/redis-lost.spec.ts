import { eventually } from '@gatehouse/testing';
import type { Device } from './harness/device.js';
import { codeOf, dataOf } from './harness/http.js';
import { itLogsNoSecret, System } from './harness/system.js';
import { expectPromptAnswers } from './harness/prompt.js';

let system: System;
beforeAll(async () => (system = await System.start()), 60_000);
afterAll(() => system.stop());

async function expectIn(device: Device, status: 200 | 401): Promise<void> {
  for (const service of system.orders) {
    const answer = await device.use(service);
    expect([answer.status, codeOf(answer)]).toEqual(status === 200 ? [200, undefined] : [401, 'SESSION_REVOKED']);
  }
}

const eventuallyIn = (device: Device, status: 200 | 401) =>
  eventually(() => expectIn(device, status), { timeoutMs: 15_000, everyMs: 50 });

describe('while Redis is gone', () => {
  it('services go on, sign-out is answered, and it holds once Redis is back with nothing in it (R16, F2, F3)', async () => {
    const [staying, gone, leaving] = [await system.device(), await system.device(), await system.device()];
    expect((await gone.signOut()).status).toBe(200);
    await eventuallyIn(gone, 401);

    await system.redis.kill();
    await expectIn(staying, 200);
    // The last list that was known is enforced for as long as it takes.
    await expectIn(gone, 401);
    const signedOut = await leaving.signOut();
    expect(signedOut.status).toBe(200);
    expect(signedOut.tookMs).toBeLessThan(2_000);
    expect(codeOf(await staying.refresh())).toBe('SESSION_ERROR');
    expect(codeOf(await staying.listSessions())).toBe('SESSION_ERROR');
    await expectPromptAnswers(system, staying);

    await system.redis.startEmpty();
    await eventuallyIn(leaving, 401);
    await expectIn(gone, 401);
    const fresh = await system.startOrders();
    await eventually(
      async () => {
        for (const ended of [leaving, gone]) expect(codeOf(await ended.use(fresh))).toBe('SESSION_REVOKED');
        expect((await staying.use(fresh)).status).toBe(200);
      },
      { timeoutMs: 15_000 },
    );
  }, 120_000);

  it('a sign-out outlives it: the refresh token stays dead when Redis is back with all it had', async () => {
    const [staying, leaving] = [await system.device(), await system.device()];
    await system.redis.stop();
    expect((await leaving.signOut()).status).toBe(200);

    await system.redis.start();
    // From the first answer on, not merely at some time: each is refused or not yet possible.
    await eventually(
      async () => {
        const answer = await leaving.refresh();
        expect(answer.status).not.toBe(200);
        expect(answer.status).toBe(401);
      },
      { timeoutMs: 15_000 },
    );
    await eventuallyIn(leaving, 401);
    await eventually(async () => expect((await staying.refresh()).status).toBe(200));
  }, 120_000);

  it('signing in still works, for one access token, and says so', async () => {
    const person = await system.member();
    await system.redis.kill();
    const device = await system.device(person);
    expect(device.refreshToken).toBe('');
    await expectIn(device, 200);

    await system.redis.start();
    await eventually(
      async () => {
        expect(dataOf<{ degraded?: boolean }>(await system.signIn(person)).degraded).toBeUndefined();
      },
      { timeoutMs: 15_000 },
    );
  }, 120_000);

  it('being cut off is the same as being gone: a Redis that answers nothing keeps nobody waiting (R16, F8)', async () => {
    const [staying, leaving] = [await system.device(), await system.device()];
    system.redis.pause();
    try {
      await expectIn(staying, 200);
      const signedOut = await leaving.signOut();
      expect(signedOut.status).toBe(200);
      expect(signedOut.tookMs).toBeLessThan(2_000);
      await expectPromptAnswers(system, staying);
    } finally {
      system.redis.resume();
    }
    await eventuallyIn(leaving, 401);
    await expectIn(staying, 200);
  }, 120_000);
});

describe('at Redis', () => {
  it('an auth service whose account may no longer listen goes on, and listens again once it may', async () => {
    const { redis, auths } = system;
    const listening = async () => ((await redis.command('PUBSUB', 'NUMSUB', 'session_events')) as [string, number])[1];
    await eventually(async () => expect(await listening()).toBe(auths.length), { timeoutMs: 15_000 });
    const pids = auths.map(({ pid }) => pid);
    const [staying, leaving] = [await system.device(), await system.device()];

    await redis.command('ACL', 'LOG', 'RESET');
    await redis.command('ACL', 'SETUSER', 'gatehouse-auth', '-subscribe');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await eventually(async () => {
      const told = ((await redis.command('ACL', 'LOG')) as unknown[][]).map((entry) => entry.map(String));
      expect(told).toContainEqual(expect.arrayContaining(['gatehouse-auth', 'subscribe']));
    });
    expect(await listening()).toBe(0);
    expect((await leaving.signOut()).status).toBe(200);
    await eventuallyIn(leaving, 401);
    await expectIn(staying, 200);

    await redis.command('ACL', 'SETUSER', 'gatehouse-auth', '+subscribe');
    await eventually(async () => expect(await listening()).toBe(auths.length));
    expect(auths.map((auth) => [auth.pid, auth.isRunning()])).toEqual(pids.map((pid) => [pid, true]));
  }, 60_000);
});

itLogsNoSecret(() => system);
