import type { SigningAlgorithm } from '@gatehouse/contracts';
import { oauthMetadata } from '../../oauth/oauth-metadata.js';

/** What the auth service says about itself. */
export class IssuerFacts {
  constructor(
    private readonly issuer: string,
    /** Address under which clients reach the service, without a slash at the end. */
    private readonly publicUrl: string,
    private readonly algorithm: Extract<SigningAlgorithm, 'ES256' | 'HS256'>,
  ) {}

  /** False where tokens are signed with a shared secret. */
  get publishesKeys(): boolean {
    return this.algorithm !== 'HS256';
  }

  /**
   * Authorization server metadata (RFC 8414 §2). This service issues access tokens but is no OpenID provider and has no
   * authorization endpoint: nothing is listed that is not there, and the lists that must be present are empty.
   */
  metadata(): Record<string, unknown> {
    return {
      issuer: this.issuer,
      ...(this.publishesKeys ? { jwks_uri: `${this.publicUrl}/.well-known/jwks.json` } : {}),
      response_types_supported: [],
      ...oauthMetadata(this.publicUrl),
      access_token_signing_alg_values_supported: [this.algorithm],
    };
  }
}
