import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A wire between a client and a server on this machine that a test may cut, or let swallow everything. */
export class Wire {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  private swallowing = false;
  private port = 0;

  constructor(private readonly targetPort: number) {}

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async heal(): Promise<void> {
    this.swallowing = false;
    for (const socket of this.sockets) socket.resume();
    if (this.server) return;
    const server = createServer((socket) => this.join(socket));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Ends all connections and refuses new ones. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    const closed = new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  /** Keeps connections up and accepts new ones, but nothing comes through in either direction. */
  swallow(): void {
    this.swallowing = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** As {@link swallow} for the connections there are; new ones work. */
  swallowCurrent(): void {
    for (const socket of this.sockets) socket.pause();
  }

  private join(client: Socket): void {
    const target = connect(this.targetPort, '127.0.0.1');
    for (const [from, to] of [
      [client, target],
      [target, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => from.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (this.swallowing) from.pause();
    }
  }
}
