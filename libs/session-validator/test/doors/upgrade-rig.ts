import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { AccessRule } from '../../src/http/access.js';
import { optionalAuthOnUpgrade, requireAuthOnUpgrade } from '../../src/http/index.js';
import type { Principal } from '../../src/index.js';
import { DoorRig } from './door-rig.js';
import { rawRequest, type RawResponse } from './raw-request.js';

interface Accepted {
  readonly request: IncomingMessage;
  readonly principal: Principal | undefined;
}

/** A server of WebSockets that say who they are and echo what they hear. */
export class UpgradeRig {
  readonly server = createServer();
  readonly accepted: Accepted[] = [];
  private readonly sockets = new WebSocketServer({ noServer: true });

  constructor(readonly rig = new DoorRig()) {}

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/live`;
  }

  async serve(rule: AccessRule = {}): Promise<void> {
    const { validator } = this.rig;
    const accept = (request: IncomingMessage, socket: Duplex, head: Buffer, principal: Principal | undefined) => {
      this.accepted.push({ request, principal });
      this.sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.send(JSON.stringify({ sessionId: principal?.sessionId ?? null }));
        ws.on('message', (data) => ws.send(data));
      });
    };
    const listener = rule.optional
      ? optionalAuthOnUpgrade(validator, accept, rule)
      : requireAuthOnUpgrade(validator, accept, rule);
    this.server.on('upgrade', listener).listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** A handshake by hand, since a WebSocket client tells little of a refusal. */
  handshake(...lines: string[]): Promise<RawResponse> {
    return this.handshakeTo('/live', ...lines);
  }

  handshakeTo(path: string, ...lines: string[]): Promise<RawResponse> {
    return rawRequest(this.port, handshakeText(path, ...lines));
  }

  async close(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
    await this.rig.close();
  }
}

export function handshakeText(path: string, ...lines: string[]): string {
  const fixed = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13'];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  return [`GET ${path} HTTP/1.1`, 'Host: x', ...fixed, key, ...lines, '', ''].join('\r\n');
}

export const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

/** Who the server says we are, and the subprotocol it chose. */
export async function greeted(ws: WebSocket): Promise<{ sessionId: string | null; protocol: string }> {
  const [data] = (await once(ws, 'message')) as [Buffer];
  return { ...(JSON.parse(data.toString()) as { sessionId: string | null }), protocol: ws.protocol };
}
