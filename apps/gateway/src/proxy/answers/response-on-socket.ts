import { ServerResponse, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long the last bytes of an answer have to be read, in ms. */
const LINGER_MS = 1_000;

/**
 * An ordinary response on a socket that Node has handed over for an upgrade, for whoever refuses the upgrade. The connection
 * ends with it.
 */
export function responseOnSocket(request: IncomingMessage, socket: Duplex): ServerResponse {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket as Socket);
  // Node no longer listens: without this a reset would end the process.
  socket.on('error', () => undefined);
  response.once('finish', () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    // Until the client's end is read nobody learns of it.
    socket.resume();
  });
  return response;
}
