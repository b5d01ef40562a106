import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DevIdpSettings } from '../config/dev-idp.config.js';
import { devKeys } from '../keys/dev-keys.js';
import { FrontDesk } from './front-desk.js';

export interface DevIdp {
  readonly origin: string;
  readonly server: Server;
}

export async function startDevIdp(settings: DevIdpSettings): Promise<DevIdp> {
  const server = createServer();
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(settings.PORT, settings.HOST, () => listening());
  });
  const { port } = server.address() as AddressInfo;
  const origin = new URL(settings.PUBLIC_URL ?? `http://127.0.0.1:${port}`).origin;
  const desk = new FrontDesk(origin, settings, devKeys(settings.DATA_DIR));
  server.on('request', (request, response) => {
    desk.answer(request, response).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  return { origin, server };
}
