import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import { randomUuid } from '@gatehouse/kernel';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const CODE_OF_PARSER_ERROR: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** What answers say that never reach the plug-in which says it for all others. */
export const BARE_ANSWER_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-content-type-options': 'nosniff',
} as const;

/** Time for the last bytes to be read, in ms. */
const LINGER_MS = 1_000;

/** Node's own mark of the answer that has the connection; there is no other. */
type Answering = Socket & { readonly _httpMessage?: ServerResponse | null };

/** Answers what never became a request, headers over the limit for one, in the form of every other failure. */
export function answerParserError(error: Error & { code?: string }, socket: Answering): void {
  const answer = socket._httpMessage;
  const isAnswered = answer?.headersSent === true;
  if (error.code === 'ECONNRESET' || !socket.writable || (isAnswered && !answer.writableEnded)) {
    socket.destroy();
    return;
  }
  // The head was answered before its body turned out to be none. A second answer would be taken for that to another request.
  if (isAnswered) {
    endSoon(socket);
    return;
  }
  const code = CODE_OF_PARSER_ERROR[error.code ?? ''] ?? 'VALIDATION_ERROR';
  const { status, sentence } = PROBLEMS[code];
  const body = JSON.stringify({ success: false, error: { code, message: sentence } });
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': randomUuid(),
    ...BARE_ANSWER_HEADERS,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  endSoon(socket, `HTTP/1.1 ${status} ${code}\r\n${lines.join('')}\r\n${body}`);
}

function endSoon(socket: Socket, last = ''): void {
  socket.end(last);
  // Ended is half closed. A client that neither reads nor leaves would keep the other half, and there is no end of clients.
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}
