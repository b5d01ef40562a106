import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';

export interface WatchOptions {
  /** How long nothing must happen before a change counts: editors write in pieces. @default 100 */
  readonly settleMs?: number;
  /** How often it is looked at all the same: not every file system tells of changes. @default 2000 */
  readonly pollMs?: number;
}

/**
 * Calls back when a file was written, replaced, or a link on the way to it points elsewhere, as Kubernetes does with mounted
 * ConfigMaps. A file that is away for a moment is no change. @returns a way to stop.
 */
export function watchFile(
  path: string,
  onChange: () => void,
  { settleMs = 100, pollMs = 2_000 }: WatchOptions = {},
): () => void {
  let known = identityOf(path);
  let settling: NodeJS.Timeout | undefined;
  const look = () => {
    const identity = identityOf(path);
    if (identity === undefined || identity === known) return;
    known = identity;
    onChange();
  };
  const soon = () => {
    clearTimeout(settling);
    settling = setTimeout(look, settleMs).unref();
  };
  const watcher = watchFolder(dirname(path), soon);
  const polling = setInterval(look, pollMs).unref();
  return () => {
    watcher?.close();
    clearTimeout(settling);
    clearInterval(polling);
  };
}

/** The folder, since a file that is replaced leaves its watcher behind. Without one there is still the regular look. */
function watchFolder(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onEvent);
    watcher.on('error', () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** Other where the file behind all links is another, or was written. Undefined while there is none. */
function identityOf(path: string): string | undefined {
  const facts = statSync(path, { bigint: true, throwIfNoEntry: false });
  return facts?.isFile() ? [facts.dev, facts.ino, facts.size, facts.mtimeNs, facts.ctimeNs].join() : undefined;
}
