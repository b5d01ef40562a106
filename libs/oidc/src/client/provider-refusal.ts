import { OidcError } from './oidc-error.js';

/** Ways to say: ask the person (RFC 6749 §4.1.2.1, OpenID Connect Core 1.0 §3.1.2.6). */
const ASK_THE_PERSON = new Set([
  'interaction_required',
  'login_required',
  'consent_required',
  'account_selection_required',
]);
const TRY_LATER = new Set(['temporarily_unavailable', 'server_error']);
/** What an error code of the provider comes to. The code is compared and never repeated: anybody can write one into a URL. */
export function deniedBy(error: string): OidcError {
  if (ASK_THE_PERSON.has(error)) {
    return new OidcError('denied', 'INTERACTION_REQUIRED', 'the provider wants the person to sign in again');
  }
  if (error === 'access_denied')
    return new OidcError('denied', 'ACCESS_DENIED', 'the provider did not let the person in');
  if (error === 'invalid_grant') {
    return new OidcError('denied', 'GRANT_REFUSED', 'the provider does not take the code or refresh token any longer');
  }
  if (TRY_LATER.has(error)) {
    return new OidcError('unavailable', 'PROVIDER_UNAVAILABLE', 'the provider asks to try again later');
  }
  // Our credential ran out: no fault of the people whose sessions these are.
  if (error === 'invalid_client') {
    return new OidcError('unavailable', 'PROVIDER_ERROR', 'the provider does not take our own credential');
  }
  // Somebody took the application's rights away, and with them those of everybody in it.
  if (error === 'unauthorized_client') {
    return new OidcError('denied', 'ACCESS_DENIED', 'the provider does not let the application in');
  }
  return new OidcError('refused', 'PROVIDER_ERROR', 'the provider answered with an error');
}
