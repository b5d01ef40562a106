import { AppError } from '@gatehouse/failures';

/** No login of this state is under way: it took too long, was used before, or never began. */
export class LoginExpired extends AppError {
  readonly code = 'OAUTH_STATE';

  constructor() {
    super('no login is under way under this state');
  }
}

/** The login began in another browser, or the browser keeps no cookies. */
export class OtherBrowser extends AppError {
  readonly code = 'OAUTH_STATE';

  constructor() {
    super('the browser that came back is not the one that left');
  }
}

/** The provider said no: the person cancelled, or may not use this application. */
export class ProviderSaidNo extends AppError {
  readonly code = 'LOGIN_DENIED';
}

/** What the provider answered is not to be believed. */
export class ProviderNotBelieved extends AppError {
  readonly code = 'PROVIDER_NOT_BELIEVED';
}

/** The provider cannot be reached, or fails. */
export class ProviderUnavailable extends AppError {
  readonly code = 'PROVIDER_UNAVAILABLE';
  override readonly retryAfterSeconds = 5;
}

/** The browser has come back from a provider again and again without staying signed in. */
export class LoginLoop extends AppError {
  readonly code = 'LOGIN_LOOP';
  override readonly retryAfterSeconds = 60;

  constructor() {
    super('a browser signs in over and over');
  }
}

/** More logins were begun from one place, or in all, than can be kept. */
export class TooManyLogins extends AppError {
  readonly code = 'RATE_LIMITED';

  constructor(override readonly retryAfterSeconds: number) {
    super('too many logins were begun');
  }
}

/** No provider of this name is set up. */
export class UnknownProvider extends AppError {
  readonly code = 'PROVIDER_NOT_FOUND';

  constructor() {
    super('no provider has this name');
  }
}
