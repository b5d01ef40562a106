import type { IncomingMessage } from 'node:http';

/** How long a client may go on sending what nobody wants any more, in ms. */
const LINGER_MS = 1_000;

/**
 * For an answer that comes before its request has arrived whole, on a connection that ends with it. Closing with bytes unread
 * would reset the connection, and the client would lose the answer with it: so the rest is read and thrown away for a moment.
 *
 * To be called before the answer is ended; the answer must say `Connection: close`.
 */
export function closeGently(request: IncomingMessage): void {
  const { socket } = request;
  // What Node calls once the answer is out.
  socket.destroySoon = () => {
    const cut = () => socket.destroy();
    const timer = setTimeout(cut, LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    request.once('end', cut).resume();
    socket.end();
  };
}
