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
    // Node closes connections between two requests, but waits out the grace for a first one: clients connect ahead of need.
    for (const socket of unused) socket.destroy();
    const impatience = setTimeout(() => app.getHttpServer().closeAllConnections(), graceMs);
    await app.close();
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
