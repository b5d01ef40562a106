import type { JsonObject } from './strict-json.js';

/** Whom the provider may claim to be, in its metadata, its tokens, its keys and at the callback. */
export interface IssuerRule {
  readonly discoveryUrl: URL;

  /** Whether metadata may name this issuer (OpenID Connect Discovery 1.0, section 4.3). */
  acceptsMetadata(issuer: string): boolean;

  /**
   * The `iss` this token must have. Looks at claims nobody has verified yet, so only to choose among what is configured.
   *
   * @throws {OidcError} `refused` where the token belongs to a tenant that may not come in.
   */
  issuerOf(claims: JsonObject, metadataIssuer: string): string;

  /** Whether a key with this `issuer` member may sign for that issuer. Entra's keys carry one. */
  acceptsKey(keyIssuer: unknown, tokenIssuer: string, metadataIssuer: string): boolean;

  /** Whether an issuer named without a token (RFC 9207, front-channel logout) is this provider. */
  acceptsIssuer(issuer: string): boolean;
}

/** One issuer, spelled in the configuration. */
export class FixedIssuer implements IssuerRule {
  readonly discoveryUrl: URL;

  constructor(private readonly issuer: string) {
    this.discoveryUrl = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  }

  acceptsMetadata(issuer: string): boolean {
    return issuer === this.issuer;
  }

  issuerOf(): string {
    return this.issuer;
  }

  acceptsKey(): boolean {
    return true;
  }

  acceptsIssuer(issuer: string): boolean {
    return issuer === this.issuer;
  }
}
