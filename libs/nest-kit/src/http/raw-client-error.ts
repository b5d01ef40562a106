import type { ErrorCode } from '@gatehouse/contracts';
import { PROBLEMS } from '@gatehouse/failures';
import type { Socket } from 'node:net';

const CODE_OF_PARSER_ERROR: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'HEADERS_TOO_LARGE',
  ERR_HTTP_REQUEST_TIMEOUT: 'REQUEST_TIMEOUT',
};

/** Answers what never became a request, headers over the limit for one, in the form of every other failure. */
export function answerParserError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const code = CODE_OF_PARSER_ERROR[error.code ?? ''] ?? 'VALIDATION_ERROR';
  const { status, sentence } = PROBLEMS[code];
  const body = JSON.stringify({ success: false, error: { code, message: sentence } });
  socket.end(
    `HTTP/1.1 ${status} ${code}\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`,
  );
}
