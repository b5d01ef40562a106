/** Why a provider's answer was not taken. Stable; safe to log and to show. */
export type OidcErrorCode =
  | 'DISCOVERY_FAILED'
  | 'ISSUER_MISMATCH'
  | 'STATE_MISMATCH'
  | 'NONCE_MISMATCH'
  | 'TRANSACTION_EXPIRED'
  | 'TOKEN_INVALID'
  | 'TOKEN_EXPIRED'
  | 'AUDIENCE_MISMATCH'
  | 'TENANT_NOT_ALLOWED'
  | 'SUBJECT_CHANGED'
  | 'AUTHENTICATION_TOO_OLD'
  | 'AUTHENTICATION_TOO_WEAK'
  | 'GROUPS_UNKNOWN'
  | 'ACCESS_DENIED'
  | 'GRANT_REFUSED'
  | 'INTERACTION_REQUIRED'
  | 'PROVIDER_ERROR'
  | 'PROVIDER_UNAVAILABLE';

export type OidcErrorKind = 'refused' | 'denied' | 'unavailable';

/** No message holds a token, a claim's value or what a stranger wrote. */
export class OidcError extends Error {
  override readonly name = 'OidcError';

  constructor(
    readonly kind: OidcErrorKind,
    readonly code: OidcErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
