import { eventually } from '@gatehouse/testing';
import { createConnection } from 'mysql2/promise';
import type { AppProcess } from './harness/app-process.js';
import { type Device, type Person } from './harness/device.js';
import { type Answer, codeOf, dataOf } from './harness/http.js';
import { LONGEST_MS } from './harness/prompt.js';
import { itLogsNoSecret, System } from './harness/system.js';

const ROTATIONS = 10;

let system: System;
let databaseUrl: string;
let boss: Person;

beforeAll(async () => {
  system = await System.start({ authEnv: { KEY_PUBLISH_AHEAD: '2s', MAX_SESSIONS_PER_USER: '100' } });
  databaseUrl = system.databaseUrl;
  boss = await system.member();
  await run(`UPDATE users SET roles = '["admin"]' WHERE email = ?`, [boss.email]);
}, 120_000);
afterAll(() => system.stop());

async function run(statement: string, values: string[] = []): Promise<void> {
  const connection = await createConnection(databaseUrl);
  await connection.query(statement, values);
  await connection.end();
}

const kidOf = (token: string) =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
const rotate = (admin: Device) => admin.askAuth('/api/v1/admin/keys/rotate', { method: 'POST' });
const withdraw = (admin: Device, kid: string) =>
  admin.askAuth(`/api/v1/admin/keys/${kid}/revoke`, { method: 'POST', body: { reason: 'drill' } });
const everywhere = (): AppProcess[] => [...system.auths, ...system.orders];
const useAt = (app: AppProcess, token: string): Promise<Answer> =>
  app.ask(system.orders.includes(app) ? '/api/orders' : '/api/v1/auth/me', { token });

/** Devices that use every service and refresh, without a pause, until told to stop. Tells of each answer but a 200. */
function aCrowd(devices: readonly Device[]) {
  const refused: string[] = [];
  const seen = { requests: 0, kids: new Set<string>() };
  let isOver = false;
  const live = async (device: Device) => {
    for (let turn = 0; !isOver; turn++) {
      const app = everywhere()[turn % everywhere().length]!;
      const answer = await useAt(app, device.accessToken);
      seen.requests += 1;
      if (answer.status !== 200) refused.push(`${app.name}: ${answer.status} ${codeOf(answer)}`);
      if (turn % 5 !== 4) continue;
      const refreshed = await device.refresh();
      if (refreshed.status === 200) device.keep(refreshed);
      else refused.push(`refresh: ${refreshed.status} ${refreshed.text}`);
      seen.kids.add(kidOf(device.accessToken));
    }
  };
  const lives = devices.map(live);
  return { refused, seen, stop: async () => ((isOver = true), await Promise.all(lives)) };
}

describe('with two auth and two orders processes under load', () => {
  it('ten rotations refuse no valid token (I16, F23)', async () => {
    const admin = await system.device(boss);
    const devices = await Promise.all([1, 2, 3, 4].map(() => system.device()));
    const crowd = aCrowd(devices);
    const made: string[] = [];
    for (let round = 0; round < ROTATIONS; round++) {
      await eventually(
        async () => {
          const answer = await rotate(admin);
          expect(answer.status).toBe(200);
          made.push(dataOf<{ active_kid: string }>(answer).active_kid);
        },
        { timeoutMs: 10_000, everyMs: 200 },
      );
    }
    await crowd.stop();
    expect(crowd.refused).toEqual([]);
    expect(new Set(made).size).toBe(ROTATIONS);
    expect(crowd.seen.requests).toBeGreaterThan(100);
    expect(crowd.seen.kids.size).toBeGreaterThan(3);
  }, 90_000);

  it('a withdrawn key is refused everywhere a second after the answer, and nobody is signed out (F24)', async () => {
    for (let round = 0; round < 3; round++) {
      const admin = await system.device(boss);
      const devices = await Promise.all([1, 2, 3].map(() => system.device()));
      const kid = kidOf(devices[0]!.accessToken);
      const old = devices.map(({ accessToken }) => accessToken).filter((token) => kidOf(token) === kid);
      const answer = await withdraw(admin, kid);
      expect(answer.status).toBe(200);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      for (const app of everywhere()) {
        for (const token of old) {
          const refused = await useAt(app, token);
          expect(refused.status).toBe(401);
          expect(['TOKEN_REVOKED', 'TOKEN_INVALID']).toContain(codeOf(refused));
        }
      }
      for (const device of devices) {
        device.keep(await device.refresh());
        expect(kidOf(device.accessToken)).not.toBe(kid);
        for (const app of everywhere()) expect((await useAt(app, device.accessToken)).status).toBe(200);
      }
      expect((await system.device()).accessToken).not.toBe('');
    }
  }, 120_000);

  it('three processes that rotate at once make one new key', async () => {
    const third = await system.startAuth();
    const admin = await system.device(boss);
    for (let round = 0; round < 5; round++) {
      await run('UPDATE signing_keys SET created_at_ms = created_at_ms - 5000');
      const before = await keysOf(admin);
      const answers = await Promise.all(
        system.auths.map((auth) => auth.ask('/api/v1/admin/keys/rotate', { method: 'POST', token: admin.accessToken })),
      );
      for (const { status } of answers) expect([200, 409]).toContain(status);
      const won = answers.filter((answer) => answer.status === 200 && dataOf<{ rotated: boolean }>(answer).rotated);
      expect(won).toHaveLength(1);
      expect((await keysOf(admin)).length).toBe(before.length + 1);
    }
    system.auths.splice(system.auths.indexOf(third), 1);
    await third.stop();
  }, 120_000);
});

const keysOf = async (admin: Device) =>
  dataOf<{ keys: { kid: string; state: string }[] }>(await admin.askAuth('/api/v1/admin/keys')).keys;

describe('while MySQL does not answer', () => {
  it('signing goes on, a rotation waits, and a withdrawal is in force at once and comes home later', async () => {
    const admin = await system.device(boss);
    const device = await system.device();
    const kid = kidOf(device.accessToken);
    system.mysql.pause();
    try {
      const refreshed = await device.refresh();
      expect(refreshed.status).toBe(200);
      device.keep(refreshed);
      const rotated = await rotate(admin);
      expect(rotated.status).toBe(503);
      expect(rotated.tookMs).toBeLessThan(LONGEST_MS);

      const withdrawn = await withdraw(admin, kid);
      expect(withdrawn.tookMs).toBeLessThan(LONGEST_MS);
      expect(withdrawn.status).toBe(200);
      expect(dataOf(withdrawn)).toMatchObject({ durable_in: 'log' });
      const old = device.accessToken;
      await eventually(async () => {
        for (const service of system.orders) expect((await useAt(service, old)).status).toBe(401);
      });
      await eventually(async () => {
        device.keep(await device.refresh());
        expect(kidOf(device.accessToken)).not.toBe(kid);
      });
      for (const service of system.orders) expect((await device.use(service)).status).toBe(200);
    } finally {
      system.mysql.resume();
    }
    await eventually(
      async () => {
        const back = await system.device(boss);
        const states = (await keysOf(back)).filter((key) => key.kid === kid).map(({ state }) => state);
        expect(states).toEqual(['withdrawn']);
      },
      { timeoutMs: 20_000, everyMs: 500 },
    );
  }, 120_000);
});

describe('after Redis lost everything', () => {
  it('a withdrawn key is not among those that come back', async () => {
    const admin = await system.device(boss);
    const kid = kidOf(admin.accessToken);
    expect((await withdraw(admin, kid)).status).toBe(200);
    await system.redis.command('FLUSHALL');
    await eventually(async () => expect(await system.redis.command('EXISTS', 'rev:key-bundle')).toBe(1), {
      timeoutMs: 10_000,
    });
    for (const auth of system.auths) {
      const { keys } = (await auth.ask('/.well-known/jwks.json')).json as { keys: { kid: string }[] };
      expect(keys.map((key) => key.kid)).not.toContain(kid);
    }
    const fresh = await system.startOrders();
    await eventually(async () => expect((await fresh.ask('/ready')).status).toBe(200), { timeoutMs: 10_000 });
    expect((await useAt(fresh, admin.accessToken)).status).toBe(401);
  }, 120_000);
});

itLogsNoSecret(() => system);
