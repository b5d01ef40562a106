import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The way to a service, on which answers can be held back: what is asked arrives at once. */
export class AnswerGate {
  private readonly sockets = new Set<Socket>();
  private waiting: { readonly to: Socket; readonly bytes: Buffer }[] = [];
  private isShut = false;

  private constructor(
    private readonly server: Server,
    /** Where the service is reached through it. */
    readonly url: string,
  ) {}

  /** @param serviceUrl - `http://host:port` */
  static async start(serviceUrl: string): Promise<AnswerGate> {
    const { hostname, port } = new URL(serviceUrl);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const gate = new AnswerGate(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('connection', (client) => gate.join(client, connect(Number(port), hostname)));
    return gate;
  }

  shut(): void {
    this.isShut = true;
  }

  open(): void {
    this.isShut = false;
    for (const { to, bytes } of this.waiting.splice(0)) to.write(bytes);
  }

  /** What has been answered and has not arrived, as it came over the wire. */
  held(): string {
    return Buffer.concat(this.waiting.map(({ bytes }) => bytes)).toString('latin1');
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }

  private join(client: Socket, service: Socket): void {
    client.pipe(service);
    service.on('data', (bytes: Buffer) => {
      if (this.isShut) this.waiting.push({ to: client, bytes });
      else client.write(bytes);
    });
    for (const [socket, other] of [
      [client, service],
      [service, client],
    ] as const) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroySoon();
      });
    }
  }
}
