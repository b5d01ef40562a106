import { eventually } from '@gatehouse/testing';
import { somebody, type Device } from './harness/device.js';
import { codeOf } from './harness/http.js';
import { expectPromptAnswers, LONGEST_MS } from './harness/prompt.js';
import { itLogsNoSecret, System } from './harness/system.js';

let system: System;
beforeAll(async () => (system = await System.start()), 60_000);
afterAll(() => system.stop());

async function expectRefusedSoon(device: Device): Promise<void> {
  await eventually(async () => {
    for (const service of system.orders) expect(codeOf(await device.use(service))).toBe('SESSION_REVOKED');
  });
}

const faults = [
  { state: 'stopped', begin: () => system.mysql.stop(), end: () => system.mysql.start() },
  { state: 'cut off', begin: async () => system.mysql.pause(), end: async () => system.mysql.resume() },
];

describe.each(faults)('while MySQL is $state', ({ begin, end }) => {
  it('refresh and sign-out go on; sign-up and sign-in say 503 in time; all of it heals', async () => {
    const person = await system.member();
    const [device, leaving] = [await system.device(person), await system.device(person)];
    await begin();
    try {
      const signedOut = await leaving.signOut();
      expect(signedOut.status).toBe(200);
      expect(signedOut.tookMs).toBeLessThan(LONGEST_MS);
      await expectRefusedSoon(leaving);
      expect((await leaving.refresh()).status).toBe(401);

      const refreshed = await device.refresh();
      expect(refreshed.status).toBe(200);
      expect(refreshed.tookMs).toBeLessThan(LONGEST_MS);
      device.keep(refreshed);
      for (const service of system.orders) expect((await device.use(service)).status).toBe(200);

      for (const answer of [await system.signIn(person), await system.signUp(somebody())]) {
        expect([answer.status, codeOf(answer)]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
        expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
        expect(answer.tookMs).toBeLessThan(LONGEST_MS);
      }
      await expectPromptAnswers(system, device);
    } finally {
      await end();
    }
    // What a sign-out promised stands, also in a service that has just started and knows only what is kept.
    await eventually(async () => expect((await system.signIn(person)).status).toBe(200), { timeoutMs: 15_000 });
    const fresh = await system.startOrders();
    await eventually(async () => expect(codeOf(await leaving.use(fresh))).toBe('SESSION_REVOKED'), {
      timeoutMs: 10_000,
    });
    expect((await device.use(fresh)).status).toBe(200);
  }, 120_000);
});

describe('while MySQL and Redis are both gone', () => {
  it('nothing is promised that could be forgotten: sign-out says 503; services go on (R16)', async () => {
    const [device, gone] = [await system.device(), await system.device()];
    await gone.signOut();
    await expectRefusedSoon(gone);
    await Promise.all([system.mysql.kill(), system.redis.kill()]);

    const signedOut = await device.signOut();
    expect(signedOut.status).toBe(503);
    expect(signedOut.tookMs).toBeLessThan(LONGEST_MS);
    expect(Number(signedOut.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    for (const service of system.orders) {
      expect((await device.use(service)).status).toBe(200);
      expect(codeOf(await gone.use(service))).toBe('SESSION_REVOKED');
    }
    await expectPromptAnswers(system, device);

    await Promise.all([system.mysql.start(), system.redis.start()]);
    await eventually(async () => expect((await device.signOut()).status).toBe(200), { timeoutMs: 20_000 });
    await expectRefusedSoon(device);
  }, 120_000);
});

itLogsNoSecret(() => system);
