import { once } from 'node:events';
import { connect } from 'node:net';
import { eventually } from '@gatehouse/testing';
import type { Device } from './harness/device.js';
import { codeOf } from './harness/http.js';
import { expectPromptAnswers } from './harness/prompt.js';
import { itLogsNoSecret, System } from './harness/system.js';

let system: System;
beforeAll(async () => (system = await System.start()), 60_000);
afterAll(() => system.stop());

describe('one that is told to end', () => {
  it('answers what comes on a connection that was just made, which a proxy would not send twice', async () => {
    const device = await system.device();
    const ending = await system.startAuth();
    system.auths.pop();
    await eventually(async () => expect((await ending.ask('/ready')).json).toMatchObject({ status: 'ready' }), {
      timeoutMs: 10_000,
    });
    const socket = connect(ending.port, '127.0.0.1');
    await once(socket, 'connect');
    let heard = '';
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    socket.on('error', (error) => (heard += error.message));
    const ended = ending.stop();
    // It has stopped to listen; the request comes after that.
    await eventually(() => expect(ending.ask('/health')).rejects.toThrow(), { everyMs: 1 });
    const body = JSON.stringify({ refresh_token: device.refreshToken });
    const head = ['POST /api/v1/auth/refresh HTTP/1.1', 'Host: x', 'Content-Type: application/json'];
    socket.write([...head, `Content-Length: ${body.length}`, '', body].join('\r\n'));
    await once(socket, 'close');
    expect(heard).toMatch(/^HTTP\/1\.1 200 /);
    expect(heard).toMatch(/^connection: close/im);
    system.vault.add('a refresh token', /"refresh_token":"([^"]+)"/.exec(heard)?.[1] ?? '');
    expect(await ended).toBe(0);
  }, 60_000);
});

describe('while no auth process runs', () => {
  let waiting: Device;
  beforeAll(async () => (waiting = await system.device()));

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

  it('an auth process that is back takes up where they left off, from the first request that gets through', async () => {
    const [first] = system.auths;
    system.auths.splice(1);
    const starting = first!.start();
    // As a balancer does that asks nobody whether it is ready.
    const answer = await eventually(() => waiting.refresh(), { timeoutMs: 20_000, everyMs: 1 });
    expect(answer.status).toBe(200);
    waiting.keep(answer);
    await starting;
    const device = await system.device();
    for (const service of system.orders) expect((await device.use(service)).status).toBe(200);
    expect((await device.refresh()).status).toBe(200);
  }, 60_000);
});

itLogsNoSecret(() => system);
