import { textWithin } from '@gatehouse/oidc';
import { EventPush, type PushOutcome } from '../event-push.port.js';
import type { Receiver } from '../receivers/receiver.js';

const TIMEOUT_MS = 10_000;
/** An attempt in hand at the end of the process has this long: to hang up at once would often send the event twice. */
const LAST_ATTEMPT_MS = 1_000;
const MAX_BYTES = 16_384;
/** Errors that are about the event. */
const REFUSALS = ['invalid_request', 'invalid_key', 'invalid_issuer', 'invalid_audience'];
/** Errors that are about us, as 401 and 403 are: they go once somebody has mended the configuration. */
const NOT_LET_IN = ['authentication_failed', 'access_denied'];

/** Delivers security event tokens by push (RFC 8935 §2). */
export class HttpPush extends EventPush {
  /** @param timeoutMs - for everything up to the last byte of the answer. */
  constructor(private readonly timeoutMs = TIMEOUT_MS) {
    super();
  }

  /** Redirects are not followed: where events go is configuration and not the answer of whoever answers. */
  override async push({ url, token: credential }: Receiver, token: string, closing: AbortSignal): Promise<PushOutcome> {
    // Not AbortSignal.timeout: in Node 20 nothing holds it while a request waits on it (nodejs/node#54614).
    const controller = new AbortController();
    const abort = () => controller.abort();
    let timer = setTimeout(abort, this.timeoutMs);
    const hurry = () => {
      clearTimeout(timer);
      timer = setTimeout(abort, LAST_ATTEMPT_MS);
    };
    closing.addEventListener('abort', hurry);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: {
          'content-type': 'application/secevent+jwt',
          accept: 'application/json',
          'accept-encoding': 'identity',
          ...(credential === undefined ? {} : { authorization: `Bearer ${credential}` }),
        },
        body: token,
        redirect: 'manual',
        signal: controller.signal,
      });
      return await outcomeOf(response, controller.signal);
    } catch {
      return failed('did not answer in time');
    } finally {
      clearTimeout(timer);
      closing.removeEventListener('abort', hurry);
      // Gives up what is left of the body, too.
      abort();
    }
  }
}

async function outcomeOf(response: Response, signal: AbortSignal): Promise<PushOutcome> {
  const { status, headers } = response;
  // The status is the whole answer (RFC 8935 §2.2): nothing is lost with a connection that breaks now.
  if (status === 202) return { kind: 'taken' };
  if (status !== 400) return failed(`answered ${status}`, retryAfterMs(headers.get('retry-after')));
  // What is longer is no error of RFC 8935.
  const err = errIn((await textWithin(response, MAX_BYTES, signal)) ?? '');
  if (err !== undefined && NOT_LET_IN.includes(err)) return failed(`answered 400 ${err}`);
  // Without a code it is not the receiver that speaks, or not about the event.
  if (err === undefined) return failed('answered 400 without a code');
  return { kind: 'refused', why: REFUSALS.includes(err) ? err : 'another code' };
}

const failed = (why: string, retryAfterMs = 0): PushOutcome => ({ kind: 'failed', why, retryAfterMs });

function retryAfterMs(header: string | null): number {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : 0;
}

function errIn(text: string): string | undefined {
  try {
    const { err } = JSON.parse(text) as { readonly err?: unknown };
    return typeof err === 'string' ? err : undefined;
  } catch {
    return undefined;
  }
}
