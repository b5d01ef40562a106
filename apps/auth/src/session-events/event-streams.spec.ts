import { EventEmitter, once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomHex, randomUuid } from '@gatehouse/kernel';
import { connectRedis, connectRedisSubscriber, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, type RedisServer, startRedis } from '@gatehouse/testing';
import { MemorySessionEventBus } from './adapters/memory-session-event-bus.js';
import { RedisSessionEventBus, SESSION_EVENT_CHANNEL } from './adapters/redis-session-event-bus.js';
import { EventStreams, type EventStreamSettings } from './event-streams.js';
import type { SessionEvent } from './session-event.js';
import { EventStreamsFull, TooManyEventStreams } from './session-events.errors.js';

const anEvent = (given: Partial<SessionEvent> = {}): SessionEvent => ({
  id: randomUuid(),
  type: 'session.created',
  userId: 1,
  sessionId: randomHex(32),
  atMs: 1_767_225_600_000,
  reason: '',
  ...given,
});

/** A response that takes as much as the test lets it. */
class Reader extends EventEmitter {
  text = '';
  destroyed = false;
  writableEnded = false;
  writableNeedDrain = false;
  writableLength = 0;

  write(text: string): boolean {
    this.text += text;
    if (this.writableNeedDrain) this.writableLength += text.length;
    return !this.writableNeedDrain;
  }
  end(text = ''): void {
    this.text += text;
    this.writableEnded = true;
    this.destroy();
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}

const made: EventStreams[] = [];
afterEach(() => {
  for (const streams of made.splice(0)) streams.close();
});

function aWorld(settings?: EventStreamSettings) {
  const bus = new MemorySessionEventBus();
  const streams = new EventStreams(bus, settings);
  made.push(streams);
  const open = (userId: number, sessionId = randomHex(32)) => {
    const reader = new Reader();
    streams.reserve({ userId, sessionId })(reader as unknown as ServerResponse);
    return { reader, sessionId };
  };
  return { bus, streams, open };
}

describe('event streams', () => {
  it('carry to each person what happens to their sessions, and nothing of anybody else', () => {
    const { bus, open } = aWorld();
    const [mine, also, theirs] = [open(1), open(1), open(2)];
    const event = anEvent();
    bus.announce(event);
    for (const { reader } of [mine, also]) {
      expect(reader.text).toBe(
        'event: connected\ndata: {}\n\n' +
          `event: session.created\nid: ${event.id}\ndata: {"id":"${event.id}","type":"session.created",` +
          `"time":"2026-01-01T00:00:00.000Z","session_id":"${event.sessionId}","is_current":false}\n\n`,
      );
    }
    expect(theirs.reader.text).toBe('event: connected\ndata: {}\n\n');
  });

  it('end with their own session, and not with another', () => {
    const { bus, open, streams } = aWorld();
    const [lost, kept] = [open(1), open(1)];
    bus.announce(anEvent({ type: 'session.evicted', sessionId: lost.sessionId, reason: 'evicted_limit' }));
    expect(lost.reader.text).toContain('"is_current":true,"reason":"evicted_limit"');
    expect(lost.reader.text).toMatch(/event: session-ended\ndata: \{"reason":"SESSION_REVOKED"\}\n\n$/);
    expect([lost.reader.writableEnded, kept.reader.writableEnded]).toEqual([true, false]);
    expect(kept.reader.text).toContain('"is_current":false,"reason":"evicted_limit"');
    expect(streams.size).toBe(1);
  });

  it('are so many per person and no more, and a place is free again when one is left', () => {
    const { open } = aWorld({ maxPerUser: 2 });
    const [first] = [open(1), open(1)];
    expect(() => open(1)).toThrow(TooManyEventStreams);
    open(2);
    first.reader.destroy();
    open(1);
    expect(() => open(1)).toThrow(TooManyEventStreams);
  });

  it('take no place for a reader who was gone before the stream began', async () => {
    const { streams } = aWorld({ maxPerUser: 1 });
    const left = new Promise<void>((resolve) => {
      const server = createServer((_request, response) => {
        // As while its session is looked up.
        response.once('close', () => {
          server.close();
          streams.reserve({ userId: 1, sessionId: randomHex(32) })(response);
          resolve();
        });
        reader.destroy();
      }).listen(0, '127.0.0.1', () => {
        reader = get({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }).on('error', () => undefined);
      });
      let reader: ReturnType<typeof get>;
    });
    await left;
    expect(streams.size).toBe(0);
  });

  it('are so many in all', () => {
    const { open, streams } = aWorld({ maxStreams: 2 });
    open(1);
    open(2);
    expect(() => open(3)).toThrow(EventStreamsFull);
    streams.close();
    expect(streams.size).toBe(0);
    expect(() => open(3)).toThrow(EventStreamsFull);
  });

  it('show that they are alive', async () => {
    const { open } = aWorld({ heartbeatMs: 10 });
    const { reader } = open(1);
    await eventually(() => expect(reader.text).toMatch(/(: still here\n\n){2}/));
  });

  it('are cut when much lies unread, and when a little lies unread for long', async () => {
    const { bus, open } = aWorld({ maxUnreadBytes: 400, maxUnreadMs: 50 });
    const [fast, full, late] = [open(1), open(1), open(2)];
    full.reader.writableNeedDrain = true;
    late.reader.writableNeedDrain = true;
    bus.announce(anEvent({ userId: 2 }));
    for (let i = 0; i < 3; i++) bus.announce(anEvent());
    expect([fast, full, late].map(({ reader }) => reader.destroyed)).toEqual([false, true, false]);
    await eventually(() => {
      bus.announce(anEvent({ userId: 2, id: '' }));
      late.reader.writableLength = 0;
      expect(late.reader.destroyed).toBe(true);
    });
  });

  it('are not cut when a reader that was slow has caught up', () => {
    const { bus, open } = aWorld({ maxUnreadMs: 0 });
    const { reader } = open(1);
    for (let i = 0; i < 5; i++) {
      reader.writableNeedDrain = false;
      bus.announce(anEvent());
    }
    expect(reader.destroyed).toBe(false);
  });

  it('give a reader that does not read no more memory than that', async () => {
    const bus = new MemorySessionEventBus();
    const streams = new EventStreams(bus);
    made.push(streams);
    const server = createServer((_request, response) => {
      streams.reserve({ userId: 1, sessionId: randomHex(32) })(response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const request = get(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { agent: false });
    request.on('error', () => undefined);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.on('error', () => undefined).pause();
    await eventually(
      async () => {
        for (let i = 0; i < 5_000; i++) bus.announce(anEvent());
        await new Promise((resolve) => setImmediate(resolve));
        expect(streams.size).toBe(0);
      },
      { everyMs: 1 },
    );
    request.destroy();
    server.closeAllConnections();
    server.close();
  });
});

describe('several instances on one Redis', () => {
  let server: RedisServer;
  const connections: RedisConnection[] = [];
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(async () => {
    for (const connection of connections) connection.disconnect();
    await server.kill();
  });

  async function anInstance() {
    const { settings } = parseRedisSettings({ REDIS_URL: server.url });
    if (!settings) throw new Error('no Redis');
    const redis = connectRedis(settings, { name: 'events' });
    const subscriber = connectRedisSubscriber(settings, { name: 'events-heard' });
    connections.push(redis, subscriber);
    const bus = new RedisSessionEventBus(redis, subscriber);
    const heard: SessionEvent[] = [];
    let missed = 0;
    bus.listen({ heard: (event) => heard.push(event), missed: () => (missed += 1) });
    return { bus, heard, missed: () => missed, subscriber };
  }

  it('hear each other, each event once, and pass over what is none', async () => {
    const [first, second] = [await anInstance(), await anInstance()];
    await eventually(async () => {
      expect(await server.command('PUBSUB', 'NUMSUB', SESSION_EVENT_CHANNEL)).toEqual([SESSION_EVENT_CHANNEL, 2]);
    });
    const events = [anEvent(), anEvent({ type: 'session.revoked', reason: 'admin' })];
    first.bus.announce(events[0]!);
    // Here at once, Redis or not.
    expect(first.heard).toEqual([events[0]]);
    const rubbish = ['', '{', 'null', '[]', '{"event":null}', '{"event":{"type":"session.created"}}'];
    const forged = [{ sessionId: 'x' }, { userId: '1' }, { type: 'planet' }, { reason: '<b>' }, { id: 'a\nb' }].map(
      (change) => JSON.stringify({ origin: 'x', event: { ...anEvent(), ...change } }),
    );
    for (const text of [...rubbish, ...forged]) await server.command('PUBLISH', SESSION_EVENT_CHANNEL, text);
    second.bus.announce(events[1]!);
    await eventually(() => expect(second.heard).toEqual(events));
    await eventually(() => expect(first.heard).toEqual(events));
    expect([first.missed(), second.missed()]).toEqual([0, 0]);
  });

  it('say that something may have been missed when Redis was away, and go on by themselves meanwhile', async () => {
    const { bus, heard, missed } = await anInstance();
    await eventually(async () => {
      const [, count] = (await server.command('PUBSUB', 'NUMSUB', SESSION_EVENT_CHANNEL)) as [string, number];
      expect(count).toBeGreaterThan(0);
    });
    await server.kill();
    const event = anEvent();
    bus.announce(event);
    expect(heard).toEqual([event]);
    await server.start();
    await eventually(() => expect(missed()).toBe(1), { timeoutMs: 10_000 });
  });
});
