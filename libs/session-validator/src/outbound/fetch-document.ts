import { Deadline, partsOf } from './deadline.js';

/** A document that did not come, with what it can be told without repeating the answer. */
export class DocumentUnavailable extends Error {
  override readonly name = 'DocumentUnavailable';
}

const TIMEOUT_MS = 2_000;

/**
 * Reads a small text over HTTP. Redirects are refused, since where keys come from is configuration and not the answer of
 * whoever answers; so is anything above `maxBytes`, while it arrives.
 *
 * @throws {DocumentUnavailable} within {@link TIMEOUT_MS}.
 */
export async function fetchDocument(url: string, maxBytes: number, closing: AbortSignal): Promise<string> {
  const deadline = new Deadline(closing);
  deadline.allow(TIMEOUT_MS);
  try {
    const { signal } = deadline;
    const response = await fetch(url, { redirect: 'error', signal, headers: { accept: '*/*' } });
    if (response.status !== 200 || !response.body) {
      await response.body?.cancel();
      throw new DocumentUnavailable(`answered ${response.status}`);
    }
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of partsOf(response.body, signal)) {
      length += chunk.length;
      if (length > maxBytes) throw new DocumentUnavailable(`is larger than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    if (error instanceof DocumentUnavailable) throw error;
    throw new DocumentUnavailable('did not answer in time', { cause: error });
  } finally {
    deadline.end();
  }
}
