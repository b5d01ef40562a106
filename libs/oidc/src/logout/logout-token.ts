import type { LogoutNotice } from '../client/oidc-client.port.js';
import { OidcError } from '../client/oidc-error.js';
import { isJsonObject, own } from '../provider/strict-json.js';
import {
  audiences,
  checkAge,
  checkHasNone,
  checkTimes,
  CLOCK_TOLERANCE_SECONDS,
  invalid,
  requiredSeconds,
  requiredText,
  text,
} from '../tokens/claims.js';
import { openSigned, type Trust } from '../tokens/signed-token.js';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';

/** A logout token is sent as it is made. Older ones are a recording, whatever their `exp` says. */
const MAX_AGE_SECONDS = 300;

/**
 * All checks of OpenID Connect Back-Channel Logout 1.0, section 2.6, but one: whether this `jti` was here before. `typ` must
 * be `logout+jwt`, though the specification only recommends it: nothing else keeps other tokens out for sure.
 */
export async function checkedLogoutToken(token: string, provider: string, trust: Trust): Promise<LogoutNotice> {
  const { claims } = await openSigned(token, trust, { types: ['logout+jwt'], algorithms: 'as-id-token' });
  const now = trust.clock.nowSeconds();

  if (!audiences(claims).includes(trust.clientId)) {
    throw new OidcError('refused', 'AUDIENCE_MISMATCH', 'the logout token was made out to somebody else');
  }
  checkTimes(claims, now);
  checkAge(claims, now, MAX_AGE_SECONDS);
  // With a nonce it could be an ID token that somebody got hold of.
  checkHasNone(claims, ['nonce'], 'no logout token');
  const events = own(claims, 'events');
  if (!isJsonObject(events) || !isJsonObject(own(events, EVENT))) throw invalid('the token does not tell of a logout');

  const subject = text(claims, 'sub', 255);
  const providerSessionId = text(claims, 'sid', 255);
  if (subject === undefined && providerSessionId === undefined) throw invalid('the token does not say whose logout');
  const issuedAt = requiredSeconds(claims, 'iat');
  const lastUse = Math.min(requiredSeconds(claims, 'exp'), issuedAt + MAX_AGE_SECONDS) + CLOCK_TOLERANCE_SECONDS;
  return {
    provider,
    issuer: requiredText(claims, 'iss', 2_048),
    jti: requiredText(claims, 'jti', 255),
    ...(subject !== undefined && { subject }),
    ...(providerSessionId !== undefined && { providerSessionId }),
    issuedAtMs: issuedAt * 1000,
    expiresAtMs: lastUse * 1000,
  };
}
