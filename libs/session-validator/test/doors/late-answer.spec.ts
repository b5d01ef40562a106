import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSessionValidator } from '../../src/create-session-validator.js';
import { requireAuth } from '../../src/http/index.js';
import { createTestIssuer, MemoryFeed } from '../../src/testing/index.js';

describe('a request that somebody else has answered while its key was being read', () => {
  it.each([
    ['is left alone when its token is refused', false],
    ['is left alone when its token turns out to be good', true],
  ])('%s', async (_what, good) => {
    const issuer = createTestIssuer();
    const keyBundle = issuer.keyBundle();
    issuer.rotate();
    let offer: (document: string) => void = () => undefined;
    const keySource = {
      start: (listener: typeof offer) => void (offer = listener),
      refresh: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (good) offer(issuer.keyBundle());
      },
      close: async () => undefined,
    };
    const { trustAnchor } = issuer;
    const validator = createSessionValidator({ trustAnchor, keyBundle, keySource, feed: new MemoryFeed() });
    let served = 0;
    const guarded = requireAuth(validator, (_request, response) => {
      served += 1;
      response.writeHead(200).end();
    });
    const server = createServer((request, response) => {
      guarded(request, response);
      // A limit of the service's own on how long an answer may take.
      setTimeout(() => response.writeHead(504).end(), 10);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const unhandled: unknown[] = [];
    const hear = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', hear);

    const { port } = server.address() as AddressInfo;
    const headers = { authorization: `Bearer ${issuer.token()}` };
    const { status } = await fetch(`http://127.0.0.1:${port}/`, { headers });
    await new Promise((resolve) => setTimeout(resolve, 100));

    process.off('unhandledRejection', hear);
    expect({ status, unhandled, served }).toEqual({ status: 504, unhandled: [], served: 0 });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await validator.close();
  });
});
