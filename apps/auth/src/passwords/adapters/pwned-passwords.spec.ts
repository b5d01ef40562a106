import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FakeClock } from '@gatehouse/kernel/testing';
import { freePort } from '@gatehouse/testing';
import { PwnedPasswords } from './pwned-passwords.js';

const LEAKED = 'velvet otter parade';
const sha1 = (text: string) => createHash('sha1').update(text).digest('hex').toUpperCase();

describe('asking for breached passwords by range', () => {
  let server: Server;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  let seen: IncomingMessage[];
  const clock = new FakeClock();
  let outages: boolean[];

  beforeEach(async () => {
    seen = [];
    outages = [];
    answer = (_request, response) => response.end(`${'0'.repeat(35)}:0\r\n${sha1(LEAKED).slice(5)}:17\r\n`);
    server = createServer((request, response) => {
      seen.push(request);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const list = (path = '/') =>
    new PwnedPasswords({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
      clock,
      onOutage: (isOut) => outages.push(isOut),
    });

  it('finds a leaked password and no other', async () => {
    await expect(list().has(LEAKED)).resolves.toBe(true);
    await expect(list().has('velvet otter charade')).resolves.toBe(false);
  });

  it('lets nothing but five digits of the hash leave, and asks for padding', async () => {
    await list('/mirror/').has(LEAKED);
    expect(seen).toHaveLength(1);
    const [{ method, url, headers, rawHeaders } = {} as IncomingMessage] = seen;
    expect([method, url]).toEqual(['GET', `/mirror/range/${sha1(LEAKED).slice(0, 5)}`]);
    expect(headers['add-padding']).toBe('true');
    const sent = `${url} ${rawHeaders.join(' ')}`.toUpperCase();
    expect(sent).not.toContain(sha1(LEAKED).slice(5, 11));
    expect(sent).not.toContain('OTTER');
  });

  it('takes padding, whose count is zero, for what it is', async () => {
    answer = (_request, response) => response.end(`${sha1(LEAKED).slice(5)}:0\r\n`);
    await expect(list().has(LEAKED)).resolves.toBe(false);
  });

  it.each<[string, (request: IncomingMessage, response: ServerResponse) => void]>([
    ['says 503', (_request, response) => response.writeHead(503).end()],
    ['sends elsewhere', (_request, response) => response.writeHead(302, { location: '/range/FFFFF' }).end()],
    ['hangs up', (request) => request.socket.destroy()],
    ['never ends', (_request, response) => void setInterval(() => response.write('x'.repeat(65_536)), 1).unref()],
    ['says nothing', () => undefined],
    ['begins and says no more', (_request, response) => void response.write('0000')],
  ])('goes on without a list that %s, and waits for it half a second at most', async (_what, badly) => {
    answer = badly;
    const startedMs = performance.now();
    await expect(list().has(LEAKED)).resolves.toBe(false);
    // Room for a machine that is busy.
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect(seen).toHaveLength(1);
  });

  it('costs nothing any more once it has failed three times, and is asked again after half a minute', async () => {
    const deadPort = await freePort();
    const dead = new PwnedPasswords({
      baseUrl: `http://127.0.0.1:${deadPort}`,
      clock,
      onOutage: (isOut) => outages.push(isOut),
    });
    for (let n = 0; n < 3; n++) await dead.has(LEAKED);
    expect(outages).toEqual([true]);
    const startedMs = performance.now();
    for (let n = 0; n < 100; n++) await expect(dead.has(LEAKED)).resolves.toBe(false);
    expect(performance.now() - startedMs).toBeLessThan(250);

    const late = createServer((_request, response) => response.end(`${sha1(LEAKED).slice(5)}:1`));
    await new Promise<void>((resolve) => late.listen(deadPort, '127.0.0.1', resolve));
    await expect(dead.has(LEAKED)).resolves.toBe(false);
    clock.advance(30_000);
    await expect(dead.has(LEAKED)).resolves.toBe(true);
    expect(outages).toEqual([true, false]);
    late.closeAllConnections();
    late.close();
  });

  it('holds a bounded number of questions open', async () => {
    const held: ServerResponse[] = [];
    answer = (_request, response) => void held.push(response);
    const one = list();
    const asked = Array.from({ length: 200 }, () => one.has(LEAKED));
    await Promise.all(asked);
    expect(held.length).toBeGreaterThan(0);
    expect(held.length).toBeLessThanOrEqual(32);
  });
});
