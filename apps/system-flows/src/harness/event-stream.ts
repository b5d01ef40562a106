import { request } from 'node:http';

/** An open stream of server-sent events. */
export interface EventStream {
  /** What has come so far. */
  text(): string;
  /** Resolves when the server ends it, with `performance.now()` of that moment. */
  readonly ended: Promise<number>;
  close(): void;
}

/** Opens a stream; throws unless the server answers with one. */
export function openEventStream(url: string, token: string): Promise<EventStream> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false, headers: { authorization: `Bearer ${token}` } });
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
