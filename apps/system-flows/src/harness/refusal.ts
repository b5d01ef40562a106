import { sleep } from '@gatehouse/testing';
import type { AppProcess } from './app-process.js';
import { codeOf } from './http.js';

/**
 * Uses a token on one service over and over until it is refused.
 *
 * @param sinceMs - `performance.now()` when the end of the session was acknowledged.
 * @returns how long after that the last request began which was still let in; 0 when none was.
 */
export async function lastAcceptedAfter(
  service: AppProcess,
  token: string,
  { sinceMs, code = 'SESSION_REVOKED' }: { sinceMs: number; code?: string },
): Promise<number> {
  let lastMs = 0;
  for (;;) {
    const beganMs = performance.now() - sinceMs;
    const answer = await service.ask('/api/orders', { token });
    if (answer.status === 401 && codeOf(answer) === code) return lastMs;
    if (answer.status !== 200) throw new Error(`${service.name} answered ${answer.status} ${answer.text}`);
    lastMs = beganMs;
    if (beganMs > 5_000) throw new Error(`${service.name} still lets the token in after 5 s`);
    await sleep(1);
  }
}
