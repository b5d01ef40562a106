import { judgeClock } from '../clock.check.js';
import { found, type Finding } from '../finding.js';
import { isLoopback } from '../loopback.js';
import { askAuth } from './auth-service.js';

/** HTTP dates have whole seconds. */
const DATE_GRAIN_MS = 1_000;

/** Is the auth service there, well, and of one mind about the time? */
export async function checkAuth(
  authUrl: string,
  hasRedis: boolean,
  toleranceSeconds: number,
): Promise<(Finding | undefined)[]> {
  const { protocol, hostname } = new URL(authUrl);
  const plain = protocol === 'http:' && !isLoopback(hostname) ? found('AUTH_PLAINTEXT', 'AUTH_URL') : undefined;
  const [health, ready] = await Promise.all([askAuth(authUrl, 'health'), askAuth(authUrl, 'ready')]);
  if (health?.status !== 200) {
    return [plain, found(hasRedis ? 'AUTH_UNREACHABLE' : 'AUTH_FEED_UNREACHABLE', 'auth service')];
  }
  const isWell = ready?.status === 200 && !/"status"\s*:\s*"(degraded|not-ready)"/.test(ready.text);
  const { dateMs, beforeMs, afterMs } = health;
  return [
    plain,
    isWell ? undefined : found('AUTH_DEGRADED', 'auth service'),
    dateMs === undefined
      ? undefined
      : judgeClock('auth service', { beforeMs, afterMs, theirsMs: dateMs }, DATE_GRAIN_MS, toleranceSeconds),
  ];
}
