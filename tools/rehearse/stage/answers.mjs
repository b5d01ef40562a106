/** Longest that any answer may take, whatever is down. */
export const ANSWER_MS = 2_000;

/**
 * Notes a status, and that it came in time. @throws where it is another
 *
 * @param {import('../report.mjs').Report} report @param {string} what @param {{ status: number, tookMs: number, text: string }} answer
 * @param {number} expected
 */
export function saw(report, what, { status, tookMs, text }, expected) {
  const kept = status === expected && tookMs <= ANSWER_MS;
  report.saw(what, `${status} in ${Math.round(tookMs)} ms`, { promise: `${expected} within ${ANSWER_MS} ms`, kept });
  if (status !== expected) throw new Error(`${what} answered ${status}: ${text.slice(0, 300)}`);
}
