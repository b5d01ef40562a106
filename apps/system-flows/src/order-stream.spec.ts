import { eventually } from '@gatehouse/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Device } from './harness/device.js';
import { openEventStream } from './harness/event-stream.js';
import { itLogsNoSecret, System } from './harness/system.js';

const BOUND_MS = 150;

let system: System;
beforeAll(async () => (system = await System.start()), 60_000);
afterAll(() => system.stop());

const openBoth = (device: Device) =>
  Promise.all(system.orders.map((app) => openEventStream(`${app.url}/api/orders/stream`, device.accessToken)));

const umbrella = { item: 'A blue umbrella', quantity: 2 };
const place = (device: Device) =>
  system.orders[0]!.ask('/api/orders', { method: 'POST', token: device.accessToken, body: umbrella });

describe('an open stream of orders', () => {
  it('shows an order to its owner and to nobody else', async () => {
    const [owner, stranger] = [await system.device(), await system.device()];
    const [mine] = await openBoth(owner);
    const [theirs] = await openBoth(stranger);
    expect((await place(owner)).status).toBe(201);
    await eventually(() => expect(mine!.text()).toContain('A blue umbrella'));
    expect((await place(stranger)).status).toBe(201);
    await eventually(() => expect(theirs!.text()).toContain('A blue umbrella'));
    for (const stream of [mine, theirs]) expect(stream!.text().match(/event: order/g)).toHaveLength(1);
    [mine, theirs].forEach((stream) => stream!.close());
  });

  const ends: { how: string; end: (lost: Device, phone: Device) => Promise<{ status: number }> }[] = [
    { how: 'its owner signs out', end: (lost) => lost.signOut() },
    { how: 'its owner ends it from another device', end: (lost, phone) => phone.endSession(lost.sessionId) },
  ];
  it.each(ends)('closes within 150 ms on every service when $how', async ({ end }) => {
    const person = await system.member();
    const [lost, phone] = [await system.device(person), await system.device(person)];
    const streams = await openBoth(lost);
    const others = await openBoth(phone);
    expect((await end(lost, phone)).status).toBe(200);
    const acknowledgedMs = performance.now();
    for (const endedMs of await Promise.all(streams.map(({ ended }) => ended))) {
      expect(endedMs - acknowledgedMs).toBeLessThan(BOUND_MS);
    }
    for (const stream of streams) expect(stream.text()).toContain('event: session-ended');
    // The other session's streams stay, and still carry.
    expect((await place(phone)).status).toBe(201);
    await eventually(() => expect(others[0]!.text()).toContain('event: order'));
    expect(others[1]!.text()).not.toContain('session-ended');
    others.forEach((stream) => stream.close());
  });

  it('ends in order when the service does', async () => {
    const device = await system.device();
    const service = await system.startOrders();
    const stream = await openEventStream(`${service.url}/api/orders/stream`, device.accessToken);
    expect(await service.stop()).toBe(0);
    await stream.ended;
    expect(stream.text()).not.toContain('session-ended');
  });
});

it('a service does not wait, when it ends, for connections that were opened ahead of need', async () => {
  const service = await system.startOrders();
  const ahead = connect(service.port, '127.0.0.1');
  await once(ahead, 'connect');
  const startedMs = performance.now();
  expect(await service.stop()).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  ahead.destroy();
});

itLogsNoSecret(() => system);
