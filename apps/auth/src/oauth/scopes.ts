import { InvalidScope } from './oauth.errors.js';

/** RFC 6749 §3.3: scopes between single spaces. */
const SCOPES = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/**
 * The scopes in a `scope` parameter, each once.
 *
 * @throws {InvalidScope} for a text that is none.
 */
export function scopesIn(scope: string): readonly string[] {
  if (!SCOPES.test(scope)) throw new InvalidScope();
  return [...new Set(scope.split(' '))];
}
