import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Answer } from './answer.js';

/** A client that does not read must not keep the connection open: half of the 150 ms a session may outlive its end. */
export const FLUSH_MS = 75;

/** Sends a refusal as the response. Nothing may have been sent before. */
export function sendAnswer(response: ServerResponse, answer: Answer): void {
  const body = JSON.stringify(answer.body);
  response.writeHead(answer.status, { ...answer.headers, ...bodyHeaders(body) });
  response.end(body);
}

/**
 * Sends a refusal on the bare socket of an upgrade, and ends it: there is no `ServerResponse` for those. The client sees
 * an ordinary HTTP response in place of `101`, which is how RFC 6455 §4.2.2 wants a handshake refused.
 */
export function sendAnswerOnSocket(socket: Duplex, answer: Answer): void {
  const body = JSON.stringify(answer.body);
  const headers = { ...answer.headers, ...bodyHeaders(body), connection: 'close' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  endSoon(socket, `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status]}\r\n${lines.join('')}\r\n${body}`);
}

/** Last bytes, then the end: the peer gets {@link FLUSH_MS} to read them. What it still sends reaches nobody. */
export function endSoon(socket: Duplex, bytes?: string | Uint8Array): void {
  // A peer that resets the connection while we say goodbye is no error of ours, and without a listener it ends the process.
  socket.on('error', () => socket.destroy());
  socket.unpipe();
  socket.removeAllListeners('data').removeAllListeners('readable').resume();
  if (!socket.writableEnded) socket.end(bytes);
  const timer = setTimeout(() => socket.destroy(), FLUSH_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

function bodyHeaders(body: string): Record<string, string> {
  return { 'content-type': 'application/json; charset=utf-8', 'content-length': String(Buffer.byteLength(body)) };
}
