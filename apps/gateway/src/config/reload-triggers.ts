import { watchFile, type WatchOptions } from './adapters/watch-file.js';
import type { ReloadRouting } from './reload-routing.js';

/** Reloads when the file changes and on SIGHUP. @returns a way to stop. */
export function reloadOnChange(reload: ReloadRouting, file: string, options: WatchOptions = {}): () => void {
  const unwatch = watchFile(file, () => void reload.run('the file changed'), options);
  const hangUp = () => void reload.run('SIGHUP');
  process.on('SIGHUP', hangUp);
  // What was written while everything else started was not seen by the watch.
  void reload.run('it may have changed during the start');
  return () => {
    unwatch();
    process.removeListener('SIGHUP', hangUp);
    reload.stop();
  };
}
