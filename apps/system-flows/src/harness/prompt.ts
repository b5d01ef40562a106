import type { Answer } from './http.js';
import type { Device } from './device.js';
import { somebody } from './device.js';
import type { System } from './system.js';

/** No request may outlast this, whatever is down. */
export const LONGEST_MS = 2_000;

/**
 * Asks every kind of route of every process at once: each must answer in time, with a success or a failure in the common
 * form, and `/health` must say ok.
 */
export async function expectPromptAnswers(system: System, device: Device): Promise<void> {
  const token = device.accessToken;
  const body = somebody();
  const asked = [
    ...system.auths
      .filter((app) => app.isRunning())
      .flatMap((app) => [
        app.ask('/ready'),
        app.ask('/metrics'),
        app.ask('/.well-known/jwks.json'),
        app.ask('/api/v1/auth/signup', { method: 'POST', body: somebody() }),
        app.ask('/api/v1/auth/signin', { method: 'POST', body }),
        app.ask('/api/v1/auth/refresh', { method: 'POST', body: { refresh_token: device.refreshToken } }),
        app.ask('/api/v1/auth/verify', { token }),
        app.ask('/api/v1/auth/me', { token }),
        app.ask('/api/v1/sessions', { token }),
        app.ask('/api/v1/sessions/current', { token }),
        app.ask(`/api/v1/sessions/${'0'.repeat(64)}`, { method: 'DELETE', token }),
      ]),
    ...system.orders.flatMap((app) => [
      app.ask('/ready'),
      app.ask('/metrics'),
      app.ask('/api/protected', { token }),
      app.ask('/api/public', { token }),
      app.ask('/api/orders', { token }),
    ]),
  ];
  for (const answer of await Promise.all(asked)) expectPrompt(answer);
  const alive = [...system.auths, ...system.orders].filter((app) => app.isRunning());
  for (const app of alive) {
    const { status, json, tookMs } = await app.ask('/health');
    expect(status).toBe(200);
    expect(json).toMatchObject({ status: 'ok' });
    // It touches nothing that could be down.
    expect(tookMs).toBeLessThan(500);
  }
}

export function expectPrompt(answer: Answer): void {
  expect(answer.tookMs).toBeLessThan(LONGEST_MS);
  expect([200, 201, 401, 404, 409, 503]).toContain(answer.status);
  expect(answer.text).not.toMatch(/INTERNAL_ERROR|node_modules/);
}
