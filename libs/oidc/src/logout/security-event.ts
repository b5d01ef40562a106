import type { SecurityEvent } from '../client/oidc-client.port.js';
import { OidcError } from '../client/oidc-error.js';
import { isJsonObject, own, type JsonObject } from '../provider/strict-json.js';
import {
  audiences,
  checkAge,
  checkHasNone,
  checkNotAhead,
  checkTimes,
  CLOCK_TOLERANCE_SECONDS,
  invalid,
  requiredSeconds,
  requiredText,
} from '../tokens/claims.js';
import { openSigned, type Trust } from '../tokens/signed-token.js';
import { meantBy } from './event-subject.js';

const EVENTS = 'https://schemas.openid.net/secevent';
const SESSION_REVOKED = `${EVENTS}/caep/event-type/session-revoked`;

/** What ends sessions: CAEP 1.0 and RISC 1.0. Whoever is no longer anybody there has no session here. */
const ENDING: ReadonlySet<string> = new Set([
  SESSION_REVOKED,
  `${EVENTS}/risc/event-type/sessions-revoked`,
  `${EVENTS}/risc/event-type/account-disabled`,
  `${EVENTS}/risc/event-type/account-purged`,
]);

/**
 * Transmitters send an event again until somebody takes it, with the time at which it was first told. To take an old one is harmless: it
 * ends nothing that began later.
 */
const MAX_AGE_SECONDS = 7 * 86_400;

/** Beyond this a time is in milliseconds, as drafts of CAEP had it. */
const LATEST_SECONDS = 253_402_300_799;

/**
 * A security event token (RFC 8417) of the provider, for us. Events that are none of ours are no fault: whoever sends them need not know
 * what we act on. All checks but one: whether this `jti` was here before.
 *
 * @param addresses - what `aud` may be besides the client id
 */
export async function checkedSecurityEvent(
  token: string,
  provider: string,
  trust: Trust,
  addresses: readonly string[],
): Promise<SecurityEvent> {
  const { claims } = await openSigned(token, trust, { types: ['secevent+jwt'], algorithms: 'as-id-token' });
  const now = trust.clock.nowSeconds();
  const isForUs = audiences(claims).some((audience) => audience === trust.clientId || addresses.includes(audience));
  if (!isForUs) throw new OidcError('refused', 'AUDIENCE_MISMATCH', 'the event was made out to somebody else');
  // It should have no end (RFC 8417 §2.2); one that it has is kept to.
  if (own(claims, 'exp') === undefined) checkNotAhead(claims, now);
  else checkTimes(claims, now);
  checkAge(claims, now, MAX_AGE_SECONDS);
  checkHasNone(claims, ['nonce'], 'no security event');

  const issuer = requiredText(claims, 'iss', 2_048);
  const issuedAt = requiredSeconds(claims, 'iat');
  const over = overIn(claims, issuer, issuedAt);
  return {
    provider,
    issuer,
    jti: requiredText(claims, 'jti', 255),
    ...(over && { over }),
    expiresAtMs: (issuedAt + MAX_AGE_SECONDS + CLOCK_TOLERANCE_SECONDS) * 1000,
  };
}

function overIn(claims: JsonObject, issuer: string, issuedAt: number): SecurityEvent['over'] {
  const events = own(claims, 'events');
  if (!isJsonObject(events) || Object.keys(events).length === 0) throw invalid('the token tells of no event');
  if (!Object.values(events).every(isJsonObject)) throw invalid('an event of the token is no object');
  const type = Object.keys(events).find((name) => ENDING.has(name));
  if (type === undefined) return undefined;
  const happenedAt = timeOf(own(events, type) as JsonObject) ?? issuedAt;
  const meant = meantBy(own(claims, 'sub_id'), issuer, type === SESSION_REVOKED);
  // Whoever came back since is not meant; and nobody knows at the time of telling what will happen after it.
  return { ...meant, upToMs: Math.min(happenedAt, issuedAt) * 1000 };
}

function timeOf(event: JsonObject): number | undefined {
  const time = own(event, 'event_timestamp');
  if (time === undefined) return undefined;
  if (typeof time !== 'number' || !Number.isFinite(time) || time < 0) throw invalid('the time of the event is none');
  return time > LATEST_SECONDS ? time / 1000 : time;
}
