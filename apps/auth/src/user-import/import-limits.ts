import type { Readable } from 'node:stream';
import { type ImportLine, readLines } from './read-lines.js';
import { ImportTooLarge } from './user-import.errors.js';

/** What one request may bring: as much as is done in a few seconds, well before the time for a request is over. */
export const IMPORT_LIMITS = { lines: 10_000, bytes: 16 * 2 ** 20, lineBytes: 8_192 } as const;

/**
 * The lines of a body, within the limits.
 *
 * @throws {ImportTooLarge} when they are passed; what came before has been taken
 */
export async function* boundedLines(body: Readable, firstLine: number): AsyncGenerator<ImportLine> {
  const { lines, bytes, lineBytes } = IMPORT_LIMITS;
  for await (const line of readLines(boundedBytes(body), { lineBytes, firstLine })) {
    if (line.number - firstLine >= lines) throw new ImportTooLarge(lines, bytes);
    yield line;
  }
}

async function* boundedBytes(body: Readable): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > IMPORT_LIMITS.bytes) throw new ImportTooLarge(IMPORT_LIMITS.lines, IMPORT_LIMITS.bytes);
    yield chunk;
  }
}
