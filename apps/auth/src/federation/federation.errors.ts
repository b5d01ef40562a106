import { AppError } from '@gatehouse/failures';
import type { OidcErrorCode } from '@gatehouse/oidc';

/** No provider of that name is configured, or it is not open to this. */
export class ProviderNotFound extends AppError {
  readonly code = 'PROVIDER_NOT_FOUND';
  constructor() {
    super('no identity provider of that name');
  }
}

/** Why somebody was not believed. Stable: for the audit log, for the caller, for dashboards. */
export type RefusalReason =
  | OidcErrorCode
  /** The token was taken before. */
  | 'REPLAYED'
  /** Where it was issued, the session has ended meanwhile. */
  | 'PROVIDER_SESSION_ENDED'
  /** Taken off the account while it was signing in. */
  | 'UNLINKED'
  /** An access token without a person, or without the scope that is asked for. */
  | 'SCOPE_MISSING'
  /** Somebody else signed in than the one who began. */
  | 'SESSION_CHANGED';

/** What a provider says, or what is said to come from it, is not taken. */
export class IdentityRefused extends AppError {
  readonly code = 'IDENTITY_REFUSED';
  override readonly details: { readonly reason: RefusalReason };
  constructor(reason: RefusalReason, options?: ErrorOptions) {
    super(`the identity was refused: ${reason}`, options);
    this.details = { reason };
  }
}

/** The provider does not answer, or answers 5xx. */
export class ProviderUnavailable extends AppError {
  readonly code = 'PROVIDER_UNAVAILABLE';
  override readonly retryAfterSeconds = 5;
  constructor(options?: ErrorOptions) {
    super('the identity provider does not answer', options);
  }
}

/** Only people who have an account sign in through this provider. */
export class SignUpClosed extends AppError {
  readonly code = 'SIGN_UP_CLOSED';
  constructor() {
    super('the identity is linked to nobody, and the provider makes no accounts');
  }
}

/** Somebody has an account under the address that the provider has proven. */
export class LinkRequired extends AppError {
  readonly code = 'LINK_REQUIRED';
  constructor() {
    super('an account has the address; it is never linked by that alone');
  }
}

/** The identity belongs to an account, this one or another. */
export class IdentityTaken extends AppError {
  readonly code = 'IDENTITY_TAKEN';
  constructor(options?: ErrorOptions) {
    super('the identity is linked already', options);
  }
}

export class IdentityNotFound extends AppError {
  readonly code = 'IDENTITY_NOT_FOUND';
  constructor() {
    super('the person has no such identity');
  }
}

/** Nothing else would let the person in. */
export class LastCredential extends AppError {
  readonly code = 'LAST_CREDENTIAL';
  constructor() {
    super('the identity is the only way in');
  }
}

/** A return from a provider that nobody here began, not in this browser, too long ago, or that was used. */
export class OAuthStateLost extends AppError {
  readonly code = 'OAUTH_STATE';
  constructor() {
    super('no such sign-in was begun in this browser, or it is over');
  }
}

/** Not a logout token of the provider, or one that was taken before. */
export class LogoutTokenInvalid extends AppError {
  readonly code = 'LOGOUT_TOKEN_INVALID';
  constructor(options?: ErrorOptions) {
    super('the logout token was refused', options);
  }
}
