/** A line of the file, or why there is none to read. */
export interface ImportLine {
  /** From 1, over the whole file where the client says where this part begins. */
  readonly number: number;
  /** `undefined` for a line that is too long or not UTF-8. */
  readonly text: string | undefined;
  readonly fault?: 'LINE_TOO_LONG' | 'NOT_UTF8';
}

export interface LineLimits {
  /** Bytes of one line. */
  readonly lineBytes: number;
  /** @default 1 */
  readonly firstLine?: number;
}

const LINE_FEED = 0x0a;
/** Refuses what is not UTF-8, where a lenient one would make two addresses out of one. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The lines of a stream, as fast as they are asked for and no faster. Holds one line at most: of one that is too long only
 * the number is told. A line of white space is skipped, and counts.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  { lineBytes, firstLine = 1 }: LineLimits,
): AsyncGenerator<ImportLine> {
  let number = firstLine;
  let parts: Buffer[] = [];
  let bytes = 0;
  const take = (part: Buffer): void => {
    bytes += part.length;
    if (bytes <= lineBytes) parts.push(part);
    else parts = [];
  };
  const end = (): ImportLine | undefined => {
    const line =
      bytes > lineBytes ? ({ number, text: undefined, fault: 'LINE_TOO_LONG' } as const) : read(number, parts);
    number++;
    parts = [];
    bytes = 0;
    return line.text?.trim() === '' ? undefined : line;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, at));
      from = at + 1;
      const line = end();
      if (line) yield line;
    }
    take(chunk.subarray(from));
  }
  const last = bytes > 0 ? end() : undefined;
  if (last) yield last;
}

function read(number: number, parts: readonly Buffer[]): ImportLine {
  try {
    return { number, text: utf8.decode(Buffer.concat(parts)) };
  } catch {
    return { number, text: undefined, fault: 'NOT_UTF8' };
  }
}
