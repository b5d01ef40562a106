import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A server on 127.0.0.1 that can go away and come back on the same port. */
export class LoopbackServer {
  private constructor(
    private readonly server: Server,
    readonly origin: string,
    private readonly port: number,
  ) {}

  static async start(port: number, tls?: { readonly key: string; readonly cert: string }): Promise<LoopbackServer> {
    const server = tls ? createTlsServer(tls) : createServer();
    await listen(server, port);
    const chosen = (server.address() as AddressInfo).port;
    return new LoopbackServer(server, `${tls ? 'https' : 'http'}://127.0.0.1:${chosen}`, chosen);
  }

  onRequest(listener: RequestListener): void {
    this.server.on('request', listener);
  }

  /** Cuts each connection, answered or not. Harmless when it is away already. */
  async goAway(): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((done) => this.server.close(() => done()));
    this.server.closeAllConnections();
    await closed;
  }

  async goBack(): Promise<void> {
    await listen(this.server, this.port);
  }
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', fail);
      done();
    });
  });
}
