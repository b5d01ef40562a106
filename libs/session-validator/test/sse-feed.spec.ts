import { eventually } from '@gatehouse/testing';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { FeedLedger } from '../src/core/feed/feed-ledger.js';
import { systemTime } from '../src/core/time.js';
import { createSessionValidator } from '../src/index.js';
import { SseFeed } from '../src/sse/index.js';
import { createTestIssuer } from '../src/testing/index.js';
import { anEntry, describeFeed } from './feed.conformance.js';
import { SseServer } from './sse-server.js';
import { Wire } from './wire.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const quiet = () => undefined;

describeFeed('server-sent events', async () => {
  const server = new SseServer();
  await server.listen();
  const wire = new Wire(server.port);
  await wire.heal();
  return {
    newFeed: () => new SseFeed(`http://${wire.address}/api/v1/revocations/stream`, 'token', systemTime, quiet),
    append: async (entry, options) => void server.append(entry, options),
    beat: async () => void server.append(undefined),
    appendUnreadable: async () => void server.append({ ...anEntry(), value: undefined as unknown as string }),
    loseEverything: async () => server.loseEverything(),
    beginNewLife: () => server.beginNewLife(),
    trim: async (keep) => server.trim(keep),
    cut: () => wire.cut(),
    heal: () => wire.heal(),
    holdUp: () => wire.swallow(),
    close: async () => {
      await wire.cut();
      await server.close();
    },
  };
});

describe('a validator with the auth service alone', () => {
  let server: SseServer;
  let wire: Wire;
  beforeEach(async () => {
    server = new SseServer();
    await server.listen();
    wire = new Wire(server.port);
    await wire.heal();
  });
  afterEach(async () => {
    await wire.cut();
    await server.close();
  });

  it('gets keys and revocations from it, and shows its stream token', async () => {
    const issuer = createTestIssuer();
    server.bundle = issuer.keyBundle();
    server.append(undefined);
    const { trustAnchor } = issuer;
    const authUrl = `http://${wire.address}/`;
    const validator = createSessionValidator({ authUrl, feedToken: 'stream-token', trustAnchor, warn: quiet });
    expect(await validator.ready()).toBe(true);
    const claims = issuer.claims();
    const token = issuer.token(claims);
    expect(validator.check(token).ok).toBe(true);
    server.append(anEntry({ value: claims.sid }));
    await eventually(() => expect(validator.check(token)).toMatchObject({ reason: 'SESSION_REVOKED' }));
    expect(server.authorizations).toEqual(['Bearer stream-token']);
    await validator.close();
  });

  it('notices within seconds that a connection has gone silent, and connects again, collected garbage or not', async () => {
    server.append(undefined);
    const ledger = new FeedLedger(systemTime, quiet);
    const feed = new SseFeed(`http://${wire.address}/api/v1/revocations/stream`, undefined, systemTime, quiet);
    feed.start(ledger);
    await eventually(() => expect(ledger.isComplete).toBe(true));
    // The first connection is swallowed for good; only another one can bring the entry.
    wire.swallowCurrent();
    // Often enough for the seconds this takes; each time takes a while where much is held.
    const collecting = setInterval(collectGarbage, 1_500);
    const entry = server.append(anEntry());
    await eventually(() => expect(ledger.position).toBe(entry.position), { timeoutMs: 15_000 });
    clearInterval(collecting);
    // On a slow machine another may have seemed silent as well.
    expect(server.authorizations.length).toBeGreaterThanOrEqual(2);
    await feed.close();
  });

  it('takes a connection that brings comments only for a silent one', async () => {
    server.append(undefined);
    const ledger = new FeedLedger(systemTime, quiet);
    const feed = new SseFeed(`http://${wire.address}/api/v1/revocations/stream`, undefined, systemTime, quiet);
    feed.start(ledger);
    await eventually(() => expect(ledger.isComplete).toBe(true));
    const commenting = setInterval(() => server.comment(), 200);
    const entry = server.append(anEntry(), { told: false });
    await eventually(() => expect(ledger.position).toBe(entry.position), { timeoutMs: 15_000 });
    clearInterval(commenting);
    await feed.close();
  });

  it('asks for what lies after its place when it connects again, not for all of it', async () => {
    server.append(anEntry());
    const { position } = server.append(undefined);
    const ledger = new FeedLedger(systemTime, quiet);
    const feed = new SseFeed(`http://${wire.address}/api/v1/revocations/stream`, undefined, systemTime, quiet);
    feed.start(ledger);
    await eventually(() => expect(ledger.isComplete).toBe(true));
    await wire.cut();
    await wire.heal();
    await eventually(() => expect(server.places).toEqual(['0-0', position]));
    await feed.close();
  });

  it('takes no stream from where a redirect points, and shows its token to nobody there', async () => {
    server.append(undefined);
    const redirecting = createServer((_request, response) =>
      response.writeHead(307, { location: `http://${wire.address}/api/v1/revocations/stream` }).end(),
    ).listen(0, '127.0.0.1');
    await once(redirecting, 'listening');
    const { port } = redirecting.address() as AddressInfo;
    const warnings: string[] = [];
    const ledger = new FeedLedger(systemTime, quiet);
    const feed = new SseFeed(`http://127.0.0.1:${port}/`, 'secret', systemTime, (text) => warnings.push(text));
    feed.start(ledger);
    await eventually(() => expect(warnings).toEqual([expect.stringContaining('cannot be followed')]));
    expect([server.places, ledger.isComplete]).toEqual([[], false]);
    await feed.close();
    redirecting.close();
  });

  it('follows another life of the log whose positions all lie before its own', async () => {
    server.append(undefined);
    const seen = new Set<string>();
    const ledger = new FeedLedger(systemTime, ({ value }) => seen.add(value));
    const feed = new SseFeed(`http://${wire.address}/api/v1/revocations/stream`, undefined, systemTime, quiet);
    feed.start(ledger);
    await eventually(() => expect(ledger.isComplete).toBe(true));
    server.loseEverything(60_000);
    const entries = [anEntry(), anEntry()];
    for (const entry of entries) server.append(entry, { told: false });
    server.append(undefined);
    await eventually(() => expect([...seen]).toEqual(entries.map(({ value }) => value)));
    await feed.close();
  });

  it('keeps trying while there is no stream, says so once, and never the token', async () => {
    const warnings: string[] = [];
    const ledger = new FeedLedger(systemTime, quiet);
    const url = `http://${wire.address}/nowhere`;
    const feed = new SseFeed(url, 'secret-token', systemTime, (text) => warnings.push(text));
    feed.start(ledger);
    await eventually(() => expect(warnings).not.toEqual([]));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(warnings).toEqual([expect.stringContaining('cannot be followed')]);
    expect(warnings.join()).not.toContain('secret-token');
    expect(ledger.isComplete).toBe(false);
    await feed.close();
  });
});
