import { connect } from 'node:net';
import { connect as connectOverTls } from 'node:tls';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes as they are, which no HTTP client does, and reads until the server closes. */
export function exchange(port: number, text: string, { tls = false } = {}): Promise<readonly RawAnswer[]> {
  return new Promise((resolve, reject) => {
    const socket = tls
      ? connectOverTls({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false })
      : connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => (received += chunk));
    // A server that closes with bytes unread resets the connection: what it said before counts.
    socket.on('error', (error) => (received ? undefined : reject(error)));
    socket.on('close', () => resolve(answersIn(received)));
    socket.write(Buffer.from(text, 'latin1'));
  });
}

/** One request with these header lines, on a connection that ends with it. */
export async function rawAsk(port: number, method: string, path: string, lines: readonly string[]): Promise<RawAnswer> {
  const head = [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', 'Content-Length: 0', ...lines];
  const [answer] = await exchange(port, `${head.join('\r\n')}\r\n\r\n`);
  if (!answer) throw new Error(`${method} ${path} was not answered`);
  return answer;
}

function answersIn(text: string): RawAnswer[] {
  return text
    .split(/(?=HTTP\/1\.[01] \d{3} )/)
    .filter(Boolean)
    .map((one) => {
      const end = one.indexOf('\r\n\r\n');
      const [statusLine = '', ...fields] = one.slice(0, end).split('\r\n');
      const headers = fields.map((field) => {
        const colon = field.indexOf(':');
        return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const;
      });
      return {
        status: Number(statusLine.split(' ')[1]),
        headers: Object.fromEntries(headers),
        body: one.slice(end + 4),
      };
    });
}
