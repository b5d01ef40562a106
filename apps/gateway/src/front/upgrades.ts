import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FrontDoor } from './front-door.js';

/** Node's own mark of the answer that has the connection; there is no other. */
type Answering = Duplex & { readonly _httpMessage?: ServerResponse | null };

/** Node keeps no more header lines than twice this, and says nothing about what it left out. */
const MOST_HEADERS = 1_000;

/**
 * WebSockets go to the front door. Any other protocol is not spoken here, and a server may act as if nobody had asked for it (RFC 9110
 * §7.8): clients that offer `h2c` with every request get their answer. Node has taken such a connection for another protocol already, so its
 * request is written anew, without the offer, and read once more by the same parser with the same limits. Nothing of the offer is left
 * that an upstream could agree to.
 */
export function serveUpgrades(server: Server, door: Pick<FrontDoor, 'upgrade'>): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, rest: Buffer) => {
    const head = isWebSocket(request) ? undefined : headWithoutOffer(request);
    whenAnswered(socket, () => {
      if (head === undefined) return door.upgrade(request, socket, rest);
      socket.unshift(Buffer.concat([head, rest]));
      server.emit('connection', socket);
    });
  });
}

/**
 * Waits for the answers to requests that came before on the same connection. Node tells of an upgrade as soon as it is read, and would
 * mix up two answers, or end the process over them.
 */
function whenAnswered(socket: Answering, then: () => void): void {
  if (socket.destroyed) return;
  const before = socket._httpMessage;
  if (!before) return then();
  // A reset meanwhile is no fault of ours, and Node no longer listens.
  const cut = () => socket.destroy();
  socket.once('error', cut);
  before.once('close', () =>
    setImmediate(() => {
      socket.off('error', cut);
      whenAnswered(socket, then);
    }),
  );
}

/** Also where it is one of several: which is meant must not be guessed. */
function isWebSocket({ headers }: IncomingMessage): boolean {
  return /(?:^|,)[ \t]*websocket/i.test(headers.upgrade ?? '');
}

/** @returns `undefined` for what could not be written as it was read. */
function headWithoutOffer({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): Buffer | undefined {
  if (rawHeaders.length > 2 * MOST_HEADERS) return undefined;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const value = kept(name.toLowerCase(), rawHeaders[at + 1] ?? '');
    if (value !== undefined) lines.push(`${name}: ${value}`);
  }
  if (lines.some((line) => /[\r\n\0]/.test(line))) return undefined;
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function kept(name: string, value: string): string | undefined {
  if (name === 'upgrade' || name === 'http2-settings') return undefined;
  if (name !== 'connection') return value;
  const tokens = value.split(',').map((token) => token.trim());
  const others = tokens.filter((token) => token !== '' && !/^(?:upgrade|http2-settings)$/i.test(token));
  return others.length === 0 ? undefined : others.join(', ');
}
