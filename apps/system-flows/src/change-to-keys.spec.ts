import { randomBytes } from 'node:crypto';
import { eventually } from '@gatehouse/testing';
import type { AppProcess } from './harness/app-process.js';
import { codeOf } from './harness/http.js';
import { itLogsNoSecret, System } from './harness/system.js';

const JWT_SECRET = randomBytes(24).toString('base64');

let system: System;
let bySecret: AppProcess;
let byKeys: AppProcess;

beforeAll(async () => {
  system = await System.start({ auths: 1, orders: 0, authEnv: { TOKEN_ALGORITHM: 'HS256', JWT_SECRET } });
  system.vault.add('the shared secret', JWT_SECRET);
  const issuer = { AUTH_ISSUER: 'http://auth.test', AUTH_AUDIENCE: 'gatehouse' };
  bySecret = await system.startOrders({ AUTH_TRUST_ANCHOR: undefined, JWT_SECRET, ...issuer });
  byKeys = await system.startOrders();
}, 120_000);
afterAll(() => system.stop());

/** All instances of auth end, and one begins that signs in another way. */
async function signWith(algorithm: 'ES256' | 'HS256'): Promise<void> {
  await Promise.all(system.auths.map((auth) => auth.stop()));
  const auth = await system.startAuth({ TOKEN_ALGORITHM: algorithm });
  system.auths.splice(0, system.auths.length, auth);
  // Sessions are served once it has seen that no sign-out waits to be delivered.
  await eventually(async () => expect((await auth.ask('/ready')).json).toMatchObject({ status: 'ready' }));
}

const partOf = (token: string, index: number) =>
  JSON.parse(Buffer.from(token.split('.')[index] ?? '', 'base64url').toString()) as Record<string, unknown>;

describe('from a shared secret to keys', () => {
  it('nobody is signed out, there and back', async () => {
    const device = await system.device();
    const old = device.accessToken;
    const { sid } = partOf(old, 1);
    expect((await device.use(bySecret)).status).toBe(200);
    // It has no keys yet, and says so: that is no reason to sign anybody out.
    expect(codeOf(await device.use(byKeys))).toBe('FEED_STALE');
    expect((await byKeys.ask('/ready')).status).toBe(503);

    await signWith('ES256');
    expect((await device.use(bySecret)).status).toBe(200);
    expect(codeOf(await device.listSessions())).toBe('TOKEN_INVALID');
    device.keep(await device.refresh());
    expect(partOf(device.accessToken, 0)).toMatchObject({ alg: 'ES256' });
    expect(partOf(device.accessToken, 1)).toMatchObject({ sid });
    await eventually(async () => expect((await device.use(byKeys)).status).toBe(200), { timeoutMs: 20_000 });
    expect(codeOf(await device.use(bySecret))).toBe('TOKEN_INVALID');

    await signWith('HS256');
    device.keep(await device.refresh());
    expect(partOf(device.accessToken, 0)).toMatchObject({ alg: 'HS256' });
    expect(partOf(device.accessToken, 1)).toMatchObject({ sid });
    expect((await device.use(bySecret)).status).toBe(200);
  }, 120_000);

  it('a sign-out ends the tokens of both kinds', async () => {
    const device = await system.device();
    const old = device.accessToken;
    await signWith('ES256');
    device.keep(await device.refresh());
    await eventually(async () => expect((await device.use(byKeys)).status).toBe(200), { timeoutMs: 20_000 });
    expect((await device.signOut()).status).toBe(200);
    const refused = async () => [
      codeOf(await device.use(byKeys)),
      codeOf(await bySecret.ask('/api/orders', { token: old })),
    ];
    await eventually(async () => expect(await refused()).toEqual(['SESSION_REVOKED', 'SESSION_REVOKED']), {
      timeoutMs: 2_000,
    });
  }, 120_000);
});

itLogsNoSecret(() => system);
