import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fetchDocument } from './fetch-document.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const signal = new AbortController().signal;

describe('reading a document (C10)', () => {
  it.each([
    ['a redirect', (_q, r) => r.writeHead(302, { location: '/other' }).end()],
    ['an error', (_q, r) => r.writeHead(500).end('{}')],
    ['too many bytes', (_q, r) => r.end('x'.repeat(1_001))],
    ['a connection that breaks', (q) => q.socket.destroy()],
  ] as [string, RequestListener][])('refuses %s', async (_what, listener) => {
    const url = await serve(listener);
    await expect(fetchDocument(url, 1_000, signal)).rejects.toThrow(/answered|larger|answer in time/);
  });

  it.each([
    ['no answer', () => undefined],
    ['half an answer', (_q, r) => void r.write('{')],
  ] as [string, RequestListener][])('gives up on %s before long, collected garbage or not', async (_what, listener) => {
    const url = await serve(listener);
    const startedAt = performance.now();
    const collecting = setInterval(collectGarbage, 500);
    await expect(fetchDocument(url, 1_000, signal)).rejects.toThrow('in time');
    clearInterval(collecting);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
  });

  it('gives up at once when its owner closes', async () => {
    const url = await serve(() => undefined);
    const closing = new AbortController();
    const startedAt = performance.now();
    const reading = fetchDocument(url, 1_000, closing.signal);
    collectGarbage();
    closing.abort();
    await expect(reading).rejects.toThrow('in time');
    expect(performance.now() - startedAt).toBeLessThan(1_900);
  });

  it('does not follow where a redirect points', async () => {
    let visits = 0;
    const elsewhere = await serve((_request, response) => {
      visits += 1;
      response.end('{}');
    });
    const url = await serve((_request, response) => response.writeHead(307, { location: elsewhere }).end());
    await expect(fetchDocument(url, 1_000, signal)).rejects.toThrow();
    expect(visits).toBe(0);
  });
});
