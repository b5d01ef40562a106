import { found, type Finding } from '../finding.js';
import { configOf, type RedisNode } from './redis-under-test.js';

/** Does Redis keep what it is given, when it is restarted? */
export async function checkPersistence({ label, redis, info }: RedisNode): Promise<(Finding | undefined)[]> {
  const aof = info.get('aof_enabled');
  if (aof === undefined) return [found('REDIS_PERSISTENCE_UNKNOWN', label)];
  const [save, fsync] = await Promise.all([configOf(redis, 'save'), configOf(redis, 'appendfsync')]);
  const failing = ['aof_last_write_status', 'rdb_last_bgsave_status', 'aof_last_bgrewrite_status'].filter(
    (field) => info.get(field) === 'err',
  );
  return [
    aof === '1' ? undefined : withoutLog(label, save),
    aof === '1' && fsync === 'no' ? found('REDIS_FSYNC_NEVER', label) : undefined,
    failing.length > 0 ? found('REDIS_SAVING_FAILS', label, failing.join(', ')) : undefined,
  ];
}

function withoutLog(label: string, save: string | undefined): Finding {
  if (save === undefined) return found('REDIS_PERSISTENCE_UNKNOWN', label, 'no append-only file; snapshots not told');
  return found(save.trim() === '' ? 'REDIS_NOT_DURABLE' : 'REDIS_SNAPSHOTS_ONLY', label);
}
