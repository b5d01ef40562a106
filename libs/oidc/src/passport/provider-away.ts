import type { OidcError } from '../client/oidc-error.js';

/** Shaped as `http-errors` shapes its own: Express reads `status`, Fastify `statusCode`, and Nest wants both, alike. */
export class ProviderAway extends Error {
  override readonly name = 'ProviderAway';
  readonly status = 503;
  readonly statusCode = 503;
  readonly expose = true;

  constructor(cause: OidcError) {
    super('The identity provider does not answer. Try again later.', { cause });
  }
}
