import { request } from 'node:http';
import { request as requestOverTls } from 'node:https';

export interface Ask {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string | undefined;
  /** Sent as JSON; text and bytes are sent as they are. */
  readonly body?: unknown;
  /** Above the 2 s that no request may outlast, so that a test sees how long it took. @default 10000 */
  readonly timeoutMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** `undefined` when the text is not JSON. */
  readonly json: unknown;
  /** From the first byte sent to the last received. */
  readonly tookMs: number;
}

/**
 * One request on a connection of its own, exactly as told: a test must be able to send what no decent client would, and a
 * reused connection to a process that has just been killed would blur what is measured. A body that does not end (an event
 * stream) is not waited for.
 */
export function ask(url: string, options: Ask = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, token, body, timeoutMs = 10_000 } = options;
  const payload =
    typeof body === 'string' || Buffer.isBuffer(body) ? body : body === undefined ? undefined : JSON.stringify(body);
  const startMs = performance.now();
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? requestOverTls : request;
    const outgoing = send(url, {
      method,
      agent: false,
      // Servers of a test vouch for themselves.
      rejectUnauthorized: false,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(payload === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(payload) }),
        ...headers,
      },
    });
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`${method} ${new URL(url).pathname}: no answer`)),
      timeoutMs,
    );
    let answered = false;
    outgoing.on('response', (incoming) => {
      answered = true;
      const chunks: Buffer[] = [];
      const finish = () => {
        clearTimeout(timer);
        const text = Buffer.concat(chunks).toString('utf8');
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Record<string, string>,
          text,
          json: parsed(text),
          tookMs: performance.now() - startMs,
        });
      };
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', finish);
      incoming.on('error', finish);
      if (incoming.headers['content-type']?.startsWith('text/event-stream')) {
        finish();
        outgoing.destroy();
      }
    });
    // A server may refuse before it has read everything, and close: the answer counts, the broken pipe does not.
    outgoing.on('error', (error) => {
      if (answered) return;
      clearTimeout(timer);
      reject(error);
    });
    outgoing.end(payload);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `error.code` of a failure, `undefined` of anything else. */
export function codeOf(answer: Answer): string | undefined {
  return (answer.json as { error?: { code?: string } } | undefined)?.error?.code;
}

/** `data` of a success. Tests say what they expect in it. */
export function dataOf<T>(answer: Answer): T {
  const { success, data } = (answer.json ?? {}) as { success?: boolean; data?: T };
  if (success !== true) throw new Error(`expected a success, got ${answer.status} ${codeOf(answer) ?? ''}`);
  return data as T;
}
