import { OidcError } from '@gatehouse/oidc';
import { IdentityRefused, ProviderUnavailable } from '../federation.errors.js';

/**
 * How long a service that asks is kept waiting for a provider, in ms: less than it waits for us. What was asked of the provider goes on,
 * and the next request finds it answered.
 */
export const SERVICE_PATIENCE_MS = 1_500;

/**
 * Asks a provider, or judges what it has signed.
 *
 * @param patienceMs - @default as long as the provider's settings allow for each call
 * @throws {ProviderUnavailable} {IdentityRefused}
 */
export async function askProvider<T>(question: () => Promise<T>, patienceMs?: number): Promise<T> {
  try {
    return await (patienceMs === undefined ? question() : within(patienceMs, question()));
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    if (error.kind === 'unavailable') throw new ProviderUnavailable({ cause: error });
    throw new IdentityRefused(error.code, { cause: error });
  }
}

async function within<T>(patienceMs: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ProviderUnavailable()), patienceMs);
  });
  try {
    return await Promise.race([answer, tooLate]);
  } finally {
    clearTimeout(timer);
    // Nobody waits for it any more.
    answer.catch(() => undefined);
  }
}
