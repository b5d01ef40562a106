/**
 * Repeats `attempt` until it no longer throws, and returns what it returned. Throws the last failure after `timeoutMs`.
 *
 * @param options.timeoutMs - default 5000
 * @param options.everyMs - pause between attempts, default 20
 */
export async function eventually<T>(
  attempt: () => T | Promise<T>,
  { timeoutMs = 5_000, everyMs = 20 }: { timeoutMs?: number; everyMs?: number } = {},
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await attempt();
    } catch (failure) {
      if (performance.now() >= deadlineMs) throw failure;
      await sleep(everyMs);
    }
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
