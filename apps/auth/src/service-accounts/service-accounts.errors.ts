import { AppError } from '@gatehouse/failures';

/** No service account has this client id. */
export class ServiceAccountNotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('no service account has this client id');
  }
}

/** No secret of the account has this id. */
export class ClientSecretNotFound extends AppError {
  readonly code = 'NOT_FOUND';
  constructor() {
    super('the service account has no such secret');
  }
}

/** There are as many secrets as there may be: remove one before making another. */
export class TooManySecrets extends AppError {
  readonly code = 'CONFLICT';
  constructor() {
    super('the service account has as many secrets as there may be');
  }
}

/** Others kept changing the account at the same time. */
export class ServiceAccountBusy extends AppError {
  readonly code = 'CONFLICT';
  constructor() {
    super('the service account was changed by others at the same time');
  }
}

/** The JWK Set holds something no proof can be checked with. */
export class UnusableClientKeys extends AppError {
  readonly code = 'VALIDATION_ERROR';
  override readonly details: unknown;
  constructor(why: string) {
    super(`a key of the service account is ${why}`);
    this.details = [{ field: 'jwks.keys', rule: why }];
  }
}
