import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Trouble } from '../../terminal/exit-code.js';
import { metricsText, readiness, type RelayFigures } from '../relay-figures.js';

/**
 * `/health` (touches nothing), `/ready` (says `degraded` with 200) and `/metrics`, for probes and Prometheus.
 *
 * @throws {Trouble} `CONFIG_INVALID` when the address cannot be listened on
 */
export async function serveStatus(
  { host, port }: { readonly host: string; readonly port: number },
  figures: () => RelayFigures,
): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return answer(response, 405, { status: 'no such thing' });
    if (path === '/health') return answer(response, 200, { status: 'ok' });
    if (path === '/ready') return answer(response, 200, readiness(figures()));
    if (path !== '/metrics') return answer(response, 404, { status: 'no such thing' });
    response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(metricsText(figures()));
  });
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw new Trouble('CONFIG_INVALID', '--listen names an address that cannot be listened on', { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/json');
  response.setHeader('cache-control', 'no-store');
  response.end(JSON.stringify(body));
}
