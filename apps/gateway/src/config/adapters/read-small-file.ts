import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';

export type SmallFile = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** Reads a text file of at most `maxBytes`. Never waits: a pipe or a device is refused. `why` follows "a file that". */
export function readSmallFile(path: string, maxBytes: number): SmallFile {
  let file: number | undefined;
  try {
    // Without it, opening a pipe nobody writes to would hang the start.
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = fstatSync(file);
    if (!facts.isFile()) return { ok: false, why: 'is no regular file' };
    if (facts.size > maxBytes) return { ok: false, why: `is larger than ${maxBytes / 1024} KiB` };
    const bytes = readFileSync(file);
    if (bytes.length > maxBytes) return { ok: false, why: `is larger than ${maxBytes / 1024} KiB` };
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { ok: false, why: 'does not exist' };
    if (code === 'EACCES' || code === 'EPERM') return { ok: false, why: 'may not be read by this account' };
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { ok: false, why: 'is not in UTF-8' };
    return { ok: false, why: 'cannot be read' };
  } finally {
    if (file !== undefined) closeSync(file);
  }
}
