import type { Redis } from 'ioredis';

/** How often a connection is asked whether anybody still answers, in ms. Longer than a command may take. */
const BEAT_MS = 500;

/** Answers missed in a row before the connection is given up. One may be a slow moment of the server: a fork, a busy disk. */
const MISSES = 3;

/**
 * Gives up a connection on which nothing comes back any more, and has it opened anew. Where packets are swallowed (a host
 * without power, a partition) TCP by itself notices after minutes, and commands would time out for as long, although a
 * replica has long been promoted. Needs a connection with a command time-out. Stops with the connection.
 */
export function guardAgainstStall(redis: Redis): void {
  let missed = 0;
  const beat = async () => {
    try {
      if (redis.status === 'ready') await redis.ping();
      missed = 0;
    } catch (failure) {
      missed = isTimeout(failure) ? missed + 1 : 0;
    }
    if (missed < MISSES) return;
    missed = 0;
    redis.disconnect(true);
  };
  const timer = setInterval(() => void beat(), BEAT_MS);
  timer.unref();
  redis.once('end', () => clearInterval(timer));
}

/** ioredis has no class for it. */
function isTimeout(failure: unknown): boolean {
  return failure instanceof Error && failure.message === 'Command timed out';
}
