import type { ErrorCode } from '@gatehouse/contracts';
import { AppError } from '@gatehouse/failures';

/** Error codes of RFC 6749 §5.2, RFC 7009 §2.2.1, RFC 8707 §2 and, for a caller without the permission, §4.1.2.1. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied';

/** A failure in the words of OAuth. The message is told to the client: it holds nothing the client sent. */
export abstract class OAuthError extends AppError {
  readonly code: ErrorCode = 'VALIDATION_ERROR';
  abstract readonly error: OAuthErrorCode;
}

/** A parameter is missing, sent twice or malformed, or there are several ways of authenticating. */
export class InvalidRequest extends OAuthError {
  readonly error = 'invalid_request';
}

/** Unknown client, wrong proof, disabled, or no proof at all: which of them is not told. */
export class InvalidClient extends OAuthError {
  override readonly code = 'INVALID_CREDENTIALS';
  readonly error = 'invalid_client';
  constructor() {
    super('the client could not be authenticated');
  }
}

/** The refresh token is not valid, has expired, was used before, or was issued to another client. */
export class InvalidGrant extends OAuthError {
  readonly error = 'invalid_grant';
  constructor() {
    super('the refresh token is not valid for this client');
  }
}

export class UnsupportedGrantType extends OAuthError {
  readonly error = 'unsupported_grant_type';
  constructor() {
    super('grant_type is neither client_credentials nor refresh_token');
  }
}

/** More than was granted is asked for, or something that is no scope. */
export class InvalidScope extends OAuthError {
  readonly error = 'invalid_scope';
  constructor() {
    super('the scope is malformed or goes beyond what the client may have');
  }
}

/** The client may have no token for this service (RFC 8707 §2). */
export class InvalidTarget extends OAuthError {
  readonly error = 'invalid_target';
  constructor() {
    super('the client may not have a token for this audience');
  }
}

/** The client is who it says, and lacks the scope for this. */
export class AccessDenied extends OAuthError {
  override readonly code = 'FORBIDDEN';
  readonly error = 'access_denied';
  constructor(scope: string) {
    super(`the client needs the scope ${scope}`);
  }
}
