import type { Tracing } from '@gatehouse/observability';
import { Pool } from 'undici';
import { AuthServiceUnavailable } from '../auth-service.errors.js';

export interface HttpAnswer {
  readonly status: number;
  /** Parsed where it is JSON; else `undefined`. */
  readonly body: unknown;
  /** `Retry-After` in seconds, where one was sent as a number. */
  readonly retryAfterSeconds: number | undefined;
}

export interface HttpCall {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether it may be sent once more when the connection broke: harmless for what can be repeated. */
  readonly repeatable: boolean;
}

const CONNECTIONS = 32;
/** Calls under way or waiting for a connection. More would only wait longer than anybody waits for them. */
const MOST_CALLS = 512;
/** No answer of the auth service comes near it. */
const MOST_BYTES = 256 * 1024;
/** Longest a call takes, in ms, whatever is configured: a request that waits for it must not outlast two seconds. */
export const LONGEST_CALL_MS = 2_000;

/** Codes under which a kept connection turns out to be dead. */
const BROKEN = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

/** One bounded pool of connections to the auth service. Follows no redirect and keeps no cookie. */
export class AuthHttp {
  private readonly pool: Pool;
  private readonly origin: string;
  private readonly basePath: string;
  private readonly timeoutMs: number;
  private calls = 0;

  /** @param url - base of the auth service; may have a path */
  constructor(
    url: URL,
    timeoutMs: number,
    private readonly tracing?: Tracing,
  ) {
    this.origin = url.origin;
    this.timeoutMs = Math.min(timeoutMs, LONGEST_CALL_MS);
    this.basePath = url.pathname.replace(/\/$/, '');
    this.pool = new Pool(url.origin, {
      connections: CONNECTIONS,
      pipelining: 1,
      connect: { timeout: Math.min(1_000, this.timeoutMs) },
      headersTimeout: this.timeoutMs,
      bodyTimeout: this.timeoutMs,
      maxResponseSize: MOST_BYTES,
      keepAliveTimeout: 10_000,
    });
  }

  /** @throws {AuthServiceUnavailable} when no whole answer came in time. */
  async post(call: HttpCall): Promise<HttpAnswer> {
    if (this.calls >= MOST_CALLS)
      throw new AuthServiceUnavailable('too many calls to the auth service are under way', 1);
    this.calls += 1;
    const signal = AbortSignal.timeout(this.timeoutMs);
    const answer = this.send(call, signal).catch((error: unknown) => {
      if (!call.repeatable || !BROKEN.has(codeOf(error)) || signal.aborted) throw error;
      return this.send(call, signal);
    });
    try {
      // undici looks at the signal of a call that waits for a connection only once it has one.
      return await Promise.race([answer, rejectedAt(signal)]);
    } catch (cause) {
      throw new AuthServiceUnavailable('the auth service did not answer', 2, { cause });
    } finally {
      this.calls -= 1;
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async send(call: HttpCall, signal: AbortSignal): Promise<HttpAnswer> {
    const span = this.tracing?.outgoing({ method: 'POST', origin: this.origin, template: call.path });
    try {
      const answer = await this.ask(call, signal, Object.fromEntries(span?.headers ?? []));
      span?.end({ status: answer.status });
      return answer;
    } catch (error) {
      span?.end({ error: codeOf(error) || 'error' });
      throw error;
    }
  }

  private async ask(call: HttpCall, signal: AbortSignal, traceHeaders: Record<string, string>): Promise<HttpAnswer> {
    const answer = await this.pool.request({
      method: 'POST',
      path: `${this.basePath}${call.path}`,
      headers: { accept: 'application/json', 'user-agent': 'gatehouse-gateway', ...call.headers, ...traceHeaders },
      body: call.body,
      signal,
    });
    const text = await answer.body.text();
    const retryAfter = Number(answer.headers['retry-after']);
    return {
      status: answer.statusCode,
      body: parsed(text),
      retryAfterSeconds: Number.isFinite(retryAfter) && retryAfter > 0 ? Math.min(retryAfter, 60) : undefined,
    };
  }
}

function rejectedAt(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : '';
}
