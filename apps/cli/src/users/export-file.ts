import { createWriteStream } from 'node:fs';
import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { randomHex } from '@gatehouse/kernel';
import { Trouble } from '../terminal/exit-code.js';
import type { ExportApi, ExportOptions } from './export-api.port.js';

export interface ExportReport extends ExportOptions {
  readonly out: string;
  users: number;
  bytes: number;
}

const LINE_FEED = 0x0a;
/** Nobody else reads it: there are addresses in it, and maybe hashes. */
const OWNER_ONLY = 0o600;

/**
 * Writes everybody into a file. The file has its name once it is whole, and not before: half of everybody would look like all of
 * them to whoever imports it.
 */
export class ExportFile {
  constructor(
    private readonly api: ExportApi,
    private readonly onProgress: (report: ExportReport) => void,
  ) {}

  /**
   * @param report - kept up to date; names the file, which is replaced if there is one
   * @throws {Trouble} with nothing written
   */
  async run(report: ExportReport, stop: AbortSignal): Promise<void> {
    const part = `${report.out}.${randomHex(4)}.part`;
    const file = await opened(report.out, part);
    try {
      const lines = await this.api.everybody(report, stop);
      await this.write(lines, file, report);
      await rename(part, report.out);
    } catch (error) {
      await file.close().catch(() => undefined);
      await rm(part, { force: true });
      throw error;
    }
  }

  private async write(lines: AsyncIterable<Uint8Array>, file: FileHandle, report: ExportReport): Promise<void> {
    const { onProgress } = this;
    let isWhole = true;
    async function* counted() {
      for await (const chunk of lines) {
        report.bytes += chunk.length;
        for (const byte of chunk) if (byte === LINE_FEED) report.users++;
        isWhole = chunk.at(-1) === LINE_FEED;
        onProgress(report);
        yield chunk;
      }
    }
    try {
      // Flushed before it is renamed: a name that outlives a power cut must stand for what was written.
      await pipeline(counted(), createWriteStream('', { fd: file, flush: true }));
    } catch (cause) {
      throw new Trouble('EXPORT_CUT', 'the export ended before everybody was there; nothing is kept', { cause });
    }
    if (!isWhole) throw new Trouble('EXPORT_CUT', 'the export ended within a line; nothing is kept');
  }
}

/** Before anybody is asked for: an export that cannot be kept is in the audit log all the same. */
async function opened(out: string, part: string): Promise<FileHandle> {
  try {
    if ((await stat(out).catch(() => undefined))?.isDirectory()) throw new Error('a directory');
    return await open(part, 'wx', OWNER_ONLY);
  } catch (cause) {
    throw new Trouble('FILE_UNWRITABLE', 'the file cannot be written', { cause });
  }
}
