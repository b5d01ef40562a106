import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  decodeActivity,
  decodeReport,
  FEED_START,
  type ActivityBatch,
  type ValidatorReport,
} from '@gatehouse/contracts';
import { ReportRefused } from '../src/index.js';
import { HttpActivity, HttpReceipts } from '../src/sse/index.js';

const report: ValidatorReport = {
  instance: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00',
  name: 'pod-1',
  service: 'orders',
  version: '0.1.0',
  mode: 'sse',
  epoch: 'e1',
  from: FEED_START,
  marks: [],
  position: '1-0',
  atMs: 1,
  notUnderstood: 0,
  leaving: false,
};

interface Asked {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('receipts over HTTP', () => {
  let server: Server;
  let url: string;
  let asked: Asked[];
  let connections: number;
  let answer: (response: ServerResponse) => void;

  beforeEach(async () => {
    [asked, connections] = [[], 0];
    answer = (response) => void response.end('{"success":true,"data":{"taken":true}}');
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (part: string) => (body += part));
      request.on('end', () => {
        const { method, headers } = request;
        asked.push({ method, url: request.url, headers, body });
        answer(response);
      });
    });
    server.on('connection', () => (connections += 1));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/revocations/receipts`;
  });
  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('are posted with the token of the stream, over a connection that is kept', async () => {
    const receipts = new HttpReceipts(url, 'token-of-the-stream');
    for (let i = 0; i < 5; i++) expect(await receipts.report(report)).toBe(true);
    expect(asked).toHaveLength(5);
    expect(asked[0]).toMatchObject({ method: 'POST', url: '/api/v1/revocations/receipts' });
    expect(asked[0]?.headers).toMatchObject({
      authorization: 'Bearer token-of-the-stream',
      'content-type': 'application/json',
    });
    expect(decodeReport(asked[0]?.body ?? '')).toEqual(report);
    // A second one when a report begins before the connection of the last is free again.
    expect(connections).toBeLessThanOrEqual(2);
  });

  it('go the same way as the requests of sessions', async () => {
    const batch: ActivityBatch = {
      instance: report.instance,
      batch: 1,
      sessions: [{ userId: 1, sessionId: 'a'.repeat(64), requests: 2, agoMs: 3, ipAddresses: ['192.0.2.1'] }],
    };
    const activity = new HttpActivity(url, 'token-of-the-stream');
    expect(await activity.report(batch)).toBe(true);
    expect(asked[0]?.headers.authorization).toBe('Bearer token-of-the-stream');
    expect(decodeActivity(asked[0]?.body ?? '')).toEqual(batch);
    answer = (response) => void response.writeHead(404).end();
    await expect(activity.report(batch)).rejects.toThrow(ReportRefused);
    activity.close();
    expect(await activity.report(batch)).toBe(false);
  });

  it('show no credentials where there are none', async () => {
    await new HttpReceipts(url, undefined).report(report);
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });

  it.each([400, 401, 403, 404, 413, 429])(
    'that are refused with %i say so, and nothing of the answer',
    async (status) => {
      answer = (response) => void response.writeHead(status).end('secret');
      const refusal = await new HttpReceipts(url, 'token').report(report).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(ReportRefused);
      expect(refusal).toMatchObject({ refusal: String(status) });
      expect(String(refusal)).not.toMatch(/secret|token/);
    },
  );

  it.each<[string, (response: ServerResponse) => void]>([
    ['is unwell', (response) => void response.writeHead(503).end()],
    ['hangs up', (response) => void response.destroy()],
    ['sends it elsewhere', (response) => void response.writeHead(307, { location: '/elsewhere' }).end()],
  ])('are worth another attempt when the other side %s', async (_what, badly) => {
    answer = badly;
    expect(await new HttpReceipts(url, 'token').report(report)).toBe(false);
    expect(asked.map((one) => one.url)).not.toContain('/elsewhere');
  });

  it('wait two seconds for an answer and not longer', async () => {
    answer = () => undefined;
    const startedAtMs = performance.now();
    expect(await new HttpReceipts(url, 'token').report(report)).toBe(false);
    expect(performance.now() - startedAtMs).toBeLessThan(3_000);
  });

  it('do not listen to an answer without end', async () => {
    let sent = 0;
    answer = (response) => {
      const more = (): void => {
        while (!response.destroyed && sent < 1e9) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) return void response.once('drain', more);
        }
      };
      more();
    };
    await new HttpReceipts(url, 'token').report(report);
    expect(sent).toBeLessThan(50_000_000);
  });

  it('give up at once when the service ends', async () => {
    answer = () => undefined;
    const receipts = new HttpReceipts(url, 'token');
    const reporting = receipts.report(report);
    receipts.close();
    expect(await reporting).toBe(false);
    expect(await receipts.report(report)).toBe(false);
  });
});
