import type { SecurityEvent } from './security-event.js';

/** `typ` of a security event token (RFC 8417 §2.3): no check of an access token takes it. */
export const SECURITY_EVENT_TOKEN_TYPE = 'secevent+jwt';

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';

/** For whom and when a token is made. */
export interface TokenFacts {
  /** `iss` of the token, and of the people it names. */
  readonly issuer: string;
  readonly audience: string;
  /** In seconds. */
  readonly issuedAt: number;
}

/**
 * What a security event token says (RFC 8417 §2.2), in the words of CAEP 1.0. No `sub` and no `exp` (§4): nothing that would let it
 * pass for another kind of token.
 */
export function claimsOf(event: SecurityEvent, { issuer, audience, issuedAt }: TokenFacts): Record<string, unknown> {
  return {
    iss: issuer,
    aud: audience,
    iat: issuedAt,
    jti: event.id,
    ...(event.actId === null ? {} : { txn: event.actId }),
    sub_id: subjectOf(event, issuer),
    events: { [`${CAEP}/${event.type}`]: detailsOf(event) },
  };
}

/** Who or what it is about (RFC 9493), never by an address. */
function subjectOf({ userId, sessionId, deviceId }: SecurityEvent, issuer: string): object {
  const user = userId === null ? undefined : { format: 'iss_sub', iss: issuer, sub: String(userId) };
  if (user && sessionId === null && deviceId === null) return user;
  return {
    format: 'complex',
    ...(user ? { user } : {}),
    ...(sessionId === null ? {} : { session: { format: 'opaque', id: sessionId } }),
    ...(deviceId === null ? {} : { device: { format: 'opaque', id: deviceId } }),
  };
}

/** CAEP 1.0 §2 and §3.3; times in whole seconds. */
function detailsOf({ type, happenedAtMs, initiator }: SecurityEvent): object {
  return {
    event_timestamp: Math.floor(happenedAtMs / 1000),
    ...(initiator === null ? {} : { initiating_entity: initiator }),
    ...(type === 'credential-change' ? { credential_type: 'password', change_type: 'update' } : {}),
  };
}
