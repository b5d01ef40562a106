/** Some lines of a file, as they are sent. */
export interface Batch {
  /** Number of its first line, from 1. */
  readonly firstLine: number;
  readonly lines: number;
  readonly body: Buffer;
}

export interface BatchLimits {
  readonly lines: number;
  readonly bytes: number;
  /** Lines before it are left out. @default 1 */
  readonly fromLine?: number;
}

const LINE_FEED = 0x0a;

/**
 * Cuts a stream into batches at ends of lines. A line longer than a batch is cut, which the service refuses as too long: it is
 * not for this end to judge what a line may hold, only to hold no more of the file than a batch.
 */
export async function* batchesOf(
  chunks: AsyncIterable<Buffer>,
  { lines: maxLines, bytes: maxBytes, fromLine = 1 }: BatchLimits,
): AsyncGenerator<Batch> {
  let line = 1;
  let parts: Buffer[] = [];
  let bytes = 0;
  let count = 0;
  let isWithin = false;
  const take = (): Batch => {
    const batch = { firstLine: line - count, lines: count, body: Buffer.concat(parts) };
    parts = [];
    bytes = 0;
    count = 0;
    return batch;
  };
  for await (const chunk of chunks) {
    for (let from = 0; from < chunk.length;) {
      const at = chunk.indexOf(LINE_FEED, from);
      const end = at < 0 ? chunk.length : at + 1;
      const part = chunk.subarray(from, end);
      from = end;
      if (line >= fromLine && bytes + part.length <= maxBytes) {
        parts.push(part);
        bytes += part.length;
      }
      isWithin = at < 0;
      if (isWithin) continue;
      if (line >= fromLine) count++;
      line++;
      if (count >= maxLines || bytes >= maxBytes / 2) yield take();
    }
  }
  if (isWithin && line >= fromLine) {
    count++;
    line++;
  }
  if (count > 0) yield take();
}
