import { request } from 'node:http';
import { request as requestOverTls } from 'node:https';

/** An open stream of server-sent events. */
export interface EventStream {
  /** What has come so far. */
  text(): string;
  /** Resolves when the server ends it, with `performance.now()` of that moment. */
  readonly ended: Promise<number>;
  close(): void;
}

/** Opens a stream; throws unless the server answers with one. @param credentials - an access token, or headers of another kind */
export function openEventStream(
  url: string,
  credentials: string | Readonly<Record<string, string>>,
): Promise<EventStream> {
  const headers = typeof credentials === 'string' ? { authorization: `Bearer ${credentials}` } : credentials;
  const send = url.startsWith('https:') ? requestOverTls : request;
  return new Promise((resolve, reject) => {
    const outgoing = send(url, { agent: false, headers, rejectUnauthorized: false });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      if (incoming.statusCode !== 200) {
        outgoing.destroy();
        reject(new Error(`the stream was answered with ${incoming.statusCode}`));
        return;
      }
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      const ended = new Promise<number>((end) => {
        incoming.on('close', () => end(performance.now()));
        incoming.on('error', () => end(performance.now()));
      });
      resolve({ text: () => text, ended, close: () => outgoing.destroy() });
    });
    outgoing.end();
  });
}
