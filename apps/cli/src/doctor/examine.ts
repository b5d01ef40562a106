import { found, type Examined, type Finding } from './finding.js';

/** No check may hold up the others; all together answer within five seconds. */
const CHECK_WITHIN_MS = 2_500;

/** Runs one check. A check that fails or takes too long is a finding, not the end of the others. */
export async function examine(
  check: string,
  look: () => Promise<readonly (Finding | undefined)[]> | readonly (Finding | undefined)[],
): Promise<Examined> {
  let timer: NodeJS.Timeout | undefined;
  const impatience = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => resolve([found('CHECK_FAILED', check, 'no answer in time')]), CHECK_WITHIN_MS);
  });
  try {
    const findings = await Promise.race([Promise.resolve().then(look), impatience]);
    return { check, findings: findings.flatMap((one) => one ?? []) };
  } catch (error) {
    // By its name only: a driver's message may repeat what was sent.
    return { check, findings: [found('CHECK_FAILED', check, error instanceof Error ? error.name : undefined)] };
  } finally {
    clearTimeout(timer);
  }
}
