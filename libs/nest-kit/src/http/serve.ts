import type { Logger } from '@gatehouse/observability';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Drain } from './drain.js';

export interface ServeOptions {
  readonly port: number;
  /** @default '0.0.0.0' */
  readonly host?: string;
  readonly drain: Drain;
  readonly logger: Logger;
  /** How long `/ready` says no before connections are refused, so that balancers notice, in ms. @default 0 */
  readonly drainDelayMs?: number;
  /** Longest a request in flight is waited for, in ms. @default 10000 */
  readonly graceMs?: number;
}

/** A connection that has brought nothing for so long while we end is one that somebody keeps for later. */
const FIRST_REQUEST_MS = 500;
/** What takes longer is a stream, an upload or a socket, which modules end, or wait for, in their own way. */
const LONGEST_REQUEST_MS = 2_000;

/**
 * Listens, and ends in order on SIGTERM or SIGINT: not ready, open streams told, requests in flight finished, connections
 * closed, modules shut down, exit code 0. A second signal ends it at once.
 */
export async function serve(app: NestFastifyApplication, options: ServeOptions): Promise<void> {
  const { port, host = '0.0.0.0', drain, logger, drainDelayMs = 0, graceMs = 10_000 } = options;
  const unused = unusedConnections(app.getHttpServer());
  await app.listen(port, host);
  logger.info('listening', { url: await app.getUrl() });

  const end = async (signal: string) => {
    logger.info('ending', { signal });
    drain.start();
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    const server: Server = app.getHttpServer();
    // Before the modules: what still comes on open connections is answered by stores that are there.
    const served = new Promise((resolve) => server.close(resolve));
    // Node closes connections between two requests, but waits out the grace for a first one: clients connect ahead of need. One that was
    // made a moment ago is about to bring its request, which a proxy would not send again if it is a POST.
    const sorting = setTimeout(() => unused.forEach((socket) => socket.destroy()), FIRST_REQUEST_MS);
    const impatience = setTimeout(() => server.closeAllConnections(), graceMs);
    await Promise.race([served, new Promise((resolve) => setTimeout(resolve, LONGEST_REQUEST_MS))]);
    await app.close();
    clearTimeout(sorting);
    clearTimeout(impatience);
    logger.info('ended');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (drain.started) process.exit(1);
      end(signal).catch((error: unknown) => {
        logger.error('could not end in order', { error });
        process.exit(1);
      });
    });
  }
}

/** Connections that have not brought a request yet. */
function unusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return unused;
}
