import { lastAcceptedAfter } from './harness/refusal.js';
import { codeOf, dataOf } from './harness/http.js';
import { itLogsNoSecret, System } from './harness/system.js';
import type { Device } from './harness/device.js';

/** The promise to users, in ms from the acknowledgement. */
const BOUND_MS = 100;

let system: System;
beforeAll(async () => (system = await System.start()), 60_000);
afterAll(() => system.stop());

/** Both services let `device` in, so that a refusal afterwards is about what happened in between. */
async function expectLetIn(device: Device): Promise<void> {
  for (const service of system.orders) expect((await device.use(service)).status).toBe(200);
}

/** Asks both services at once, without pause, from the acknowledgement on. */
async function expectRefusedInTime(device: Device, sinceMs: number): Promise<void> {
  const last = await Promise.all(
    system.orders.map((service) => lastAcceptedAfter(service, device.accessToken, { sinceMs })),
  );
  for (const ms of last) expect(ms).toBeLessThan(BOUND_MS);
}

describe('two auth and two orders processes', () => {
  it('take a person through sign-up, sign-in, use, sign-out and refusal', async () => {
    const device = await system.device();
    expect(device.sessionId).toMatch(/^[0-9a-f]{64}$/);
    await expectLetIn(device);

    const answer = await device.signOut();
    const sinceMs = performance.now();
    expect(answer.status).toBe(200);
    await expectRefusedInTime(device, sinceMs);
    for (const app of [...system.orders, ...system.auths]) {
      const path = app.name === 'auth' ? '/api/v1/sessions' : '/api/orders';
      const refused = await app.ask(path, { token: device.accessToken });
      expect([refused.status, codeOf(refused)]).toEqual([401, 'SESSION_REVOKED']);
      expect(refused.headers['www-authenticate']).toContain('error="invalid_token"');
    }
    for (const auth of system.auths) {
      const body = { refresh_token: device.refreshToken };
      expect((await auth.ask('/api/v1/auth/refresh', { method: 'POST', body })).status).toBe(401);
    }
  });

  it('let a person end one session from another device', async () => {
    const person = await system.member();
    const [lost, phone] = [await system.device(person), await system.device(person)];
    await expectLetIn(lost);
    await expectLetIn(phone);

    const answer = await phone.endSession(lost.sessionId);
    const sinceMs = performance.now();
    expect(answer.status).toBe(200);
    await expectRefusedInTime(lost, sinceMs);
    await expectLetIn(phone);
    expect(codeOf(await phone.endSession(lost.sessionId))).toBe('SESSION_NOT_FOUND');
    const { sessions } = dataOf<{ sessions: { id: string }[] }>(await phone.listSessions());
    expect(sessions.map(({ id }) => id)).toEqual([phone.sessionId]);
  });

  it('let a person end all other sessions at once', async () => {
    const person = await system.member();
    const others = [await system.device(person), await system.device(person), await system.device(person)];
    const kept = await system.device(person);
    const answer = await kept.askAuth('/api/v1/sessions', { method: 'DELETE' });
    const sinceMs = performance.now();
    expect(dataOf(answer)).toMatchObject({ terminated_count: 3, kept_session_id: kept.sessionId });
    await Promise.all(others.map((device) => expectRefusedInTime(device, sinceMs)));
    await expectLetIn(kept);
  });

  it('end the oldest session when a sixth is opened', async () => {
    const person = await system.member();
    const devices: Device[] = [];
    for (let i = 0; i < 5; i++) devices.push(await system.device(person));
    const [oldest, ...rest] = devices as [Device, ...Device[]];
    await expectLetIn(oldest);

    const sixth = await system.device(person);
    await expectRefusedInTime(oldest, performance.now());
    for (const device of [...rest, sixth]) await expectLetIn(device);
    expect(dataOf(await sixth.listSessions())).toMatchObject({ count: 5 });
  });

  it('answer a second sign-out as the first, and never end somebody else’s session', async () => {
    const [device, stranger] = [await system.device(), await system.device()];
    expect(codeOf(await stranger.endSession(device.sessionId))).toBe('SESSION_NOT_FOUND');
    await expectLetIn(device);
    for (let i = 0; i < 2; i++) expect((await device.signOut()).status).toBe(200);
    await expectLetIn(stranger);
  });

  it('are refused by nobody else: each keeps 20 sign-outs in a row within the bound', async () => {
    const devices = await Promise.all(Array.from({ length: 20 }, () => system.device()));
    for (const device of devices) {
      await expectLetIn(device);
      expect((await device.signOut()).status).toBe(200);
      await expectRefusedInTime(device, performance.now());
    }
  });
});

itLogsNoSecret(() => system);
