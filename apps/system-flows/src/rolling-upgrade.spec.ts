// The version before and this one, side by side on one Redis and one MySQL, as they stand while an upgrade rolls.
import type { AppProcess } from './harness/app-process.js';
import { Device } from './harness/device.js';
import { codeOf, dataOf } from './harness/http.js';
import { keptReleases } from './harness/releases.js';
import { itLogsNoSecret, System } from './harness/system.js';
import { eventually } from '@gatehouse/testing';

const services = new Map(keptReleases('orders').map(({ version, main }) => [version, main]));

describe.each(keptReleases('auth'))('beside $version', ({ version, main }) => {
  let system: System;
  let old: AppProcess;
  let now: AppProcess;
  /** Signed in while there was only the old version. */
  const early: Device[] = [];

  beforeAll(async () => {
    system = await System.start({ auths: 0, orders: 1 });
    old = await system.startAuth({}, main);
    for (let n = 0; n < 3; n++) early.push(await system.device());
    // The old one does not seal its sessions.
    now = await system.startAuth({ UNSEALED_SESSIONS: 'adopt' });
    // Services take their time: their validators are of before for weeks.
    await system.startOrders({}, services.get(version));
  }, 90_000);
  afterAll(() => system.stop());

  const by = (app: AppProcess) => new Device(() => app, system.vault);
  /** What the services of both versions say; they must agree. */
  const accepted = async (device: Device) => {
    const [ours, theirs] = await Promise.all(system.orders.map((orders) => device.use(orders)));
    return ours!.status === theirs!.status ? ours!.status : `${ours!.status} and ${theirs!.status}`;
  };

  it('sessions and tokens of before go on, at either version', async () => {
    const [first, second] = [early[0]!, early[1]!];
    expect(await accepted(first)).toBe(200);
    for (const app of [now, old, now]) {
      const answer = await app.ask('/api/v1/auth/refresh', {
        method: 'POST',
        body: { refresh_token: second.refreshToken },
      });
      expect(answer.status).toBe(200);
      second.keep(answer);
      expect(await accepted(second)).toBe(200);
    }
    for (const app of [old, now]) {
      const { sessions } = dataOf<{ sessions: object[] }>(
        await app.ask('/api/v1/sessions', { token: first.accessToken }),
      );
      expect(sessions).toHaveLength(1);
    }
  });

  it.each([
    ['the old one', 'the new one', () => [old, now] as const],
    ['the new one', 'the old one', () => [now, old] as const],
  ])('who signs up at %s signs in, refreshes and signs out at %s', async (_one, _other, apps) => {
    const [one, other] = apps();
    const person = {
      email: `roll-${Math.random().toString(36).slice(2)}@example.test`,
      password: 'correct horse battery',
    };
    expect((await one.ask('/api/v1/auth/signup', { method: 'POST', body: person })).status).toBe(201);
    const device = by(other);
    device.keep(await other.ask('/api/v1/auth/signin', { method: 'POST', body: person }));
    expect(await accepted(device)).toBe(200);
    device.keep(
      await one.ask('/api/v1/auth/refresh', { method: 'POST', body: { refresh_token: device.refreshToken } }),
    );
    expect(await accepted(device)).toBe(200);
    expect((await one.ask('/api/v1/auth/signout', { method: 'POST', token: device.accessToken })).status).toBe(200);
    await eventually(async () => {
      const refused = await Promise.all(system.orders.map((orders) => device.use(orders)));
      const revoked = [401, 'SESSION_REVOKED'];
      expect(refused.map((answer) => [answer.status, codeOf(answer)])).toEqual([revoked, revoked]);
    });
    expect((await device.refresh()).status).toBe(401);
  });

  it('one limit holds over both: the oldest of six is displaced', async () => {
    const person = await system.member();
    const devices: Device[] = [];
    for (let n = 0; n < 6; n++) {
      const device = by(n % 2 ? old : now);
      device.keep(await (n % 2 ? old : now).ask('/api/v1/auth/signin', { method: 'POST', body: person }));
      devices.push(device);
    }
    await eventually(async () => expect(await accepted(devices[0]!)).toBe(401));
    for (const device of devices.slice(1)) expect(await accepted(device)).toBe(200);
  });

  it('a spent refresh token is a theft at either', async () => {
    const device = by(now);
    const person = await system.member();
    device.keep(await old.ask('/api/v1/auth/signin', { method: 'POST', body: person }));
    const stolen = device.refreshToken;
    for (const app of [now, old]) {
      device.keep(
        await app.ask('/api/v1/auth/refresh', { method: 'POST', body: { refresh_token: device.refreshToken } }),
      );
    }
    const answer = await now.ask('/api/v1/auth/refresh', { method: 'POST', body: { refresh_token: stolen } });
    expect(codeOf(answer)).toBe('REFRESH_REUSE_DETECTED');
    await eventually(async () => expect(await accepted(device)).toBe(401));
  });

  it('the old version starts again on what the new one has made of the database, and nobody notices', async () => {
    const failed: (number | string)[] = [];
    let going = true;
    const traffic = (async () => {
      const device = early[2]!;
      while (going) {
        const status = await accepted(device);
        if (status !== 200) failed.push(status);
        device.keep(
          await now.ask('/api/v1/auth/refresh', { method: 'POST', body: { refresh_token: device.refreshToken } }),
        );
      }
    })();
    await old.stop();
    await old.start();
    expect((await system.signIn(await system.member())).status).toBe(200);
    await old.stop();
    going = false;
    await traffic;
    expect(failed).toEqual([]);
  }, 120_000);

  itLogsNoSecret(() => system);
});
