import { codeOf } from './harness/http.js';
import { expectPromptAnswers } from './harness/prompt.js';
import { itLogsNoSecret, System } from './harness/system.js';

let system: System;
beforeAll(async () => (system = await System.start()), 60_000);
afterAll(() => system.stop());

describe('while no auth process runs', () => {
  it('services go on, and one that is restarted knows who is in and who is not', async () => {
    const [device, gone] = [await system.device(), await system.device()];
    expect((await gone.signOut()).status).toBe(200);
    // One ends in order, one does not get the chance.
    expect(await system.auths[0]!.stop()).toBe(0);
    await system.auths[1]!.kill();
    for (const service of system.orders) expect((await device.use(service)).status).toBe(200);

    const [first] = system.orders;
    await first!.stop();
    await first!.start();
    const second = await system.startOrders();
    for (const service of [first!, second]) {
      expect((await device.use(service)).status).toBe(200);
      expect(codeOf(await gone.use(service))).toBe('SESSION_REVOKED');
      expect((await service.ask('/ready')).status).toBe(200);
    }
    await expectPromptAnswers(system, device);
  }, 120_000);

  it('an auth process that is back takes up where they left off', async () => {
    const [first] = system.auths;
    await first!.start();
    system.auths.splice(1);
    const device = await system.device();
    for (const service of system.orders) expect((await device.use(service)).status).toBe(200);
    expect((await device.refresh()).status).toBe(200);
  }, 60_000);
});

itLogsNoSecret(() => system);
