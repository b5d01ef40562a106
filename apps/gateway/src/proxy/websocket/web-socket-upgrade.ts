import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ForwardPlan } from '../forward.port.js';
import type { RawHeaders } from '../headers/raw-headers.js';
import { responseHeaders } from '../headers/response-headers.js';
import type { Upgrade } from '../streams/tunnel.port.js';
import { WebSocketTunnel } from './web-socket-tunnel.js';

/** Whether this is the handshake of RFC 6455 §4.2.1, and nothing that merely looks like it. */
export function isWebSocketHandshake({ method, httpVersion, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    /^[A-Za-z0-9+/]{22}==$/.test(headers['sec-websocket-key'] ?? '') &&
    // A body would be read as frames by one side and as a request by the other.
    headers['transfer-encoding'] === undefined &&
    (headers['content-length'] ?? '0') === '0'
  );
}

/** Passes the upstream's agreement on, byte for byte what concerns the protocol, and connects the two. */
export function webSocketUpgrade(client: Duplex, early: Buffer, plan: ForwardPlan): Upgrade {
  return {
    protocol: 'websocket',
    open: (headers: RawHeaders, upstream: Duplex) => {
      const flat = responseHeaders(headers, plan, { status: 101, origin: '' });
      const lines = ['HTTP/1.1 101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade'];
      for (let at = 0; at < flat.length; at += 2) lines.push(`${flat[at]}: ${flat[at + 1]}`);
      client.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
      return new WebSocketTunnel(client, upstream, early, plan.route.timeouts.idleMs);
    },
  };
}
