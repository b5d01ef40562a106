/**
 * The body of an answer as text, read no further than a bound: what a stranger sends may be without end.
 *
 * @param maxBytes - of the unpacked body
 * @param signal - ends the reading as well: handed to fetch it does not always reach the body, since in Node 20 nothing holds it
 *   while a request waits on it (nodejs/node#54614)
 * @returns `undefined` for a longer one; what is left of it is the caller's to give up, by that signal
 * @throws {Error} when the signal aborts, or the connection breaks.
 */
export async function textWithin(
  { body }: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!body) return '';
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined));
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (signal.aborted) throw new Error('given up');
    if (done) return Buffer.concat(parts).toString('utf8');
    length += value.length;
    if (length > maxBytes) return undefined;
    parts.push(value);
  }
}
