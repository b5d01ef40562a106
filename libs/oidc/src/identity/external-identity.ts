/**
 * Who somebody is at an identity provider, as proven by a verified ID token. Never linked by e-mail: an address can be
 * claimed in a tenant nobody here knows.
 */
export interface ExternalIdentity {
  /** Name of the provider in the configuration. */
  readonly provider: string;
  /** `iss`, exactly as in the token. */
  readonly issuer: string;
  /** `sub`; at Entra pairwise for each application. */
  readonly subject: string;
  /** Entra `tid` (a GUID, lower case); with `objectId` the key of a person. */
  readonly tenantId?: string;
  /** Entra `oid` (a GUID, lower case). */
  readonly objectId?: string;
  /** What accounts are linked by: (tid, oid) at Entra, (iss, sub) elsewhere. Unambiguous, at most 512 characters. */
  readonly key: string;
  readonly email?: string;
  /** Whether the provider says that the address was proven. At Entra false unless the token says so. */
  readonly emailVerified: boolean;
  readonly displayName?: string;
  readonly username?: string;
  /** App roles (`roles`), in the provider's words. */
  readonly roles: readonly string[];
  /** Group ids, or `unknown` where the provider left them out (overage) and they were not fetched. */
  readonly groups: readonly string[] | 'unknown';
  /** When the provider issued the token, in milliseconds. */
  readonly issuedAtMs?: number;
  /** `auth_time` in milliseconds. */
  readonly authTimeMs?: number;
  readonly amr: readonly string[];
  readonly acr?: string;
  /** `sid` of the ID token: the provider's own session, named again by its front- and back-channel logout. */
  readonly providerSessionId?: string;
  /** Entra's `login_hint`, the only thing it takes at sign-out to know whom. */
  readonly loginHint?: string;
}
