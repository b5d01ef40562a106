import { connect, createServer, type Socket } from 'node:net';

/** Spreads connections over servers in turn, as a plain Service does. */
export class Balancer {
  private next = 0;
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => {
    const upstream = connect(this.ports[this.next++ % this.ports.length] ?? 0, '127.0.0.1');
    for (const socket of [client, upstream]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.sockets.delete(socket));
    }
    client.pipe(upstream).pipe(client);
  });

  private constructor(private readonly ports: readonly number[]) {}

  static async before(...ports: number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    await new Promise<void>((resolve) => balancer.server.listen(0, '127.0.0.1', resolve));
    return balancer;
  }

  get port(): number {
    const address = this.server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}
