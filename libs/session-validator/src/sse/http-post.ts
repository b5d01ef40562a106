import { ReportRefused } from '../core/receipts/receipts.port.js';
import { Deadline, partsOf } from '../outbound/deadline.js';

const TIMEOUT_MS = 2_000;
/** An answer that is read to its end leaves the connection for the next report; nobody needs a longer one. */
const MAX_ANSWER_BYTES = 4_096;

/** One place of the auth service where validators report, for networks without Redis. */
export class HttpPost {
  private readonly closing = new AbortController();

  constructor(
    private readonly url: string,
    private readonly token: string | undefined,
  ) {}

  /**
   * @param body - JSON
   * @returns false when there was no answer in time, or one that it is unwell.
   * @throws {ReportRefused} when it does not want it.
   */
  async send(body: string): Promise<boolean> {
    const status = await this.post(body);
    if (status === undefined || status >= 500) return false;
    if (status >= 200 && status < 300) return true;
    throw new ReportRefused(String(status));
  }

  close(): void {
    this.closing.abort();
  }

  /** @returns the status; `undefined` when there was no answer in time. */
  private async post(body: string): Promise<number | undefined> {
    const deadline = new Deadline(this.closing.signal);
    deadline.allow(TIMEOUT_MS);
    try {
      const headers = {
        'content-type': 'application/json',
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
      };
      // A redirect would carry the token to wherever it points.
      const response = await fetch(this.url, {
        method: 'POST',
        body,
        headers,
        redirect: 'error',
        signal: deadline.signal,
      });
      let left = MAX_ANSWER_BYTES;
      if (response.body)
        for await (const part of partsOf(response.body, deadline.signal)) {
          left -= part.length;
          if (left < 0) break;
        }
      return response.status;
    } catch {
      return undefined;
    } finally {
      deadline.end();
    }
  }
}
