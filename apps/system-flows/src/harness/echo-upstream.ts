import { createServer, type IncomingMessage, type Server } from 'node:http';
import { WebSocketServer } from 'ws';

/** What the upstream was asked, in its own words. */
export interface Echo {
  readonly method: string;
  readonly url: string;
  /** As they came over the wire: names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** A service that says what it was asked, holds streams open and echoes WebSockets. */
export class EchoUpstream {
  private readonly sockets = new WebSocketServer({ noServer: true });
  /** Requests it has seen, however they were answered. */
  readonly seen: Echo[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<EchoUpstream> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the upstream has no port');
    const upstream = new EchoUpstream(server, `http://127.0.0.1:${address.port}`);
    upstream.serve();
    return upstream;
  }

  close(): void {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.close();
    this.server.closeAllConnections();
  }

  private serve(): void {
    this.server.on('request', (request, response) => {
      const echo = this.note(request);
      if (request.url?.includes('/stream')) {
        response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: hello\n\n');
        return;
      }
      request.resume();
      request.on('end', () => {
        // What an upstream must not be able to do: set the gateway's cookie.
        response.writeHead(200, {
          'content-type': 'application/json',
          'set-cookie': ['__Host-gw=planted; Path=/; Secure', 'own=1'],
        });
        response.end(JSON.stringify(echo));
      });
    });
    this.server.on('upgrade', (request, socket, head) => {
      this.note(request);
      this.sockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('message', (message, isBinary) => webSocket.send(message, { binary: isBinary }));
      });
    });
  }

  private note({ method = '', url = '', rawHeaders }: IncomingMessage): Echo {
    const echo = { method, url, rawHeaders };
    this.seen.push(echo);
    return echo;
  }
}
