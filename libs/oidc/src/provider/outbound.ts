import { OidcError, type OidcErrorCode } from '../client/oidc-error.js';
import { addressFault } from './address-rule.js';
import { parseJsonObject, type JsonObject } from './strict-json.js';
import { textWithin } from './text-within.js';

export type Fetch = typeof globalThis.fetch;

/** One question to the provider and what is taken for an answer. */
export interface Question {
  /** For messages, in our words: `metadata`, `keys`, `tokens`. */
  readonly what: string;
  readonly url: URL;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  /** Of the unpacked body. */
  readonly maxBytes: number;
  /** For everything up to the last byte of the body. */
  readonly timeoutMs: number;
  /** Code of the error for an answer that is not to be believed. */
  readonly refusedAs: OidcErrorCode;
}

export interface Answer {
  /** 200, or 400 to 499 without 408 and 429. */
  readonly status: number;
  /** Undefined only where a 4xx brought no JSON object. */
  readonly json: JsonObject | undefined;
}

/** The way out to the provider: bounded in time and size, no redirects, JSON objects only. */
export class Outbound {
  constructor(
    private readonly fetch: Fetch,
    private readonly allowInsecure: boolean,
  ) {}

  /** @throws {OidcError} `unavailable` for no answer in time, 5xx, 408, 429; `refused` for any other that is not JSON as asked. */
  async ask(question: Question): Promise<Answer> {
    const { what, url, refusedAs } = question;
    const fault = addressFault(url, this.allowInsecure);
    if (fault) throw new OidcError('refused', refusedAs, `the provider's address for ${what} ${fault}`);

    const { status, contentType, text } = await this.exchange(question);
    if (text === undefined) throw new OidcError('refused', refusedAs, `the provider's answer for ${what} is too long`);
    if (status >= 500 || status === 408 || status === 429) {
      throw new OidcError(
        'unavailable',
        'PROVIDER_UNAVAILABLE',
        `the provider answered ${status} when asked for ${what}`,
      );
    }
    if (status !== 200 && (status < 400 || status > 499)) {
      throw new OidcError('refused', refusedAs, `the provider answered ${status} when asked for ${what}`);
    }
    const json = isJson(contentType) ? parseJsonObject(text) : undefined;
    if (!json && status === 200) {
      throw new OidcError(
        'refused',
        refusedAs,
        `the provider's answer for ${what} is no JSON object without repeated members`,
      );
    }
    return { status, json };
  }

  private async exchange(
    question: Question,
  ): Promise<{ status: number; contentType: string; text: string | undefined }> {
    // Not AbortSignal.timeout: in Node 20 nothing holds it while a request waits on it (nodejs/node#54614).
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), question.timeoutMs);
    try {
      const response = await this.fetch(question.url.href, {
        method: question.method ?? 'GET',
        headers: { accept: 'application/json', 'accept-encoding': 'identity', ...question.headers },
        ...(question.body && { body: question.body }),
        redirect: 'manual',
        signal: controller.signal,
      });
      const contentType = response.headers.get('content-type') ?? '';
      const text = await textWithin(response, question.maxBytes, controller.signal);
      return { status: response.status, contentType, text };
    } catch (cause) {
      const message = `the provider did not answer in time when asked for ${question.what}`;
      throw new OidcError('unavailable', 'PROVIDER_UNAVAILABLE', message, { cause });
    } finally {
      clearTimeout(timer);
      // Gives up what is left of the body, too.
      controller.abort();
    }
  }
}

function isJson(contentType: string): boolean {
  return /^application\/(?:[a-z0-9.-]+\+)?json\s*(?:;|$)/i.test(contentType);
}
