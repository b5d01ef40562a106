import { Device, somebody } from './harness/device.js';
import { openEventStream } from './harness/event-stream.js';
import { ask, codeOf, dataOf } from './harness/http.js';
import { readyBlock, start } from './harness/npm-start.js';
import { SecretVault } from './harness/secret-vault.js';

it('npm start needs no Redis and no MySQL: an ended session is refused, and its streams close, over server-sent events', async () => {
  const { child } = await start();
  const { auth, orders } = await readyBlock(child);
  const person = somebody();
  expect((await ask(`${auth}/api/v1/auth/signup`, { method: 'POST', body: person })).status).toBe(201);
  const vault = new SecretVault();
  const signIn = async () => {
    const device = new Device(() => {
      throw new Error('asked by address here');
    }, vault);
    device.keep(await ask(`${auth}/api/v1/auth/signin`, { method: 'POST', body: person }));
    return device;
  };
  const [lost, phone] = [await signIn(), await signIn()];
  const token = lost.accessToken;
  expect((await ask(`${orders}/api/orders`, { token })).status).toBe(200);
  const stream = await openEventStream(`${orders}/api/orders/stream`, token);
  const path = `${auth}/api/v1/sessions/${lost.sessionId}`;
  const answer = await ask(path, { method: 'DELETE', token: phone.accessToken });
  const acknowledgedMs = performance.now();
  expect(dataOf(answer)).toMatchObject({ terminated: true });
  expect((await stream.ended) - acknowledgedMs).toBeLessThan(150);
  const refused = await ask(`${orders}/api/orders`, { token });
  expect([refused.status, codeOf(refused)]).toEqual([401, 'SESSION_REVOKED']);
  expect(performance.now() - acknowledgedMs).toBeLessThan(250);
  expect((await ask(`${orders}/api/orders`, { token: phone.accessToken })).status).toBe(200);
  expect(await child.stop()).toBe(0);
}, 120_000);
