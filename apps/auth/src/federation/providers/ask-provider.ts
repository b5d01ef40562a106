import { OidcError } from '@gatehouse/oidc';
import { IdentityRefused, ProviderUnavailable } from '../federation.errors.js';

/**
 * Asks a provider, or judges what it has signed.
 *
 * @throws {ProviderUnavailable} {IdentityRefused}
 */
export async function askProvider<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    if (error.kind === 'unavailable') throw new ProviderUnavailable({ cause: error });
    throw new IdentityRefused(error.code, { cause: error });
  }
}
