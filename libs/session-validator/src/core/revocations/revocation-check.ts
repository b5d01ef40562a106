import type { AccessTokenClaims } from '@gatehouse/contracts';
import type { RevocationReplica } from './replica.js';
import { refused, type Refused } from '../verdict.js';

/** The part of a token that revocations are about. */
export type RevocableToken = Pick<AccessTokenClaims, 'sid' | 'jti' | 'sub' | 'gen' | 'iat' | 'client_id' | 'device_id'>;

// Made once: they are part of the hot path's answer and carry nothing of the request.
const SESSION_REVOKED = refused('SESSION_REVOKED', 'The session has ended; sign in again.');
const TOKEN_REVOKED = refused('TOKEN_REVOKED', 'The access token has been revoked.');
const KEY_REVOKED = refused('TOKEN_REVOKED', 'The key that signed the access token has been withdrawn.');
const TOKEN_STALE = refused(
  'TOKEN_STALE',
  'The rights of this user have changed; refresh the access token and try again.',
);

/**
 * Why the list of revocations forbids a token, if it does. Asked on every call: a token that was good a moment ago is
 * exactly the one a revocation is about.
 */
export function findRevocation(
  replica: RevocationReplica,
  token: RevocableToken,
  kid: string | undefined,
): Refused | undefined {
  if (replica.hasEnded('sid', token.sid)) return SESSION_REVOKED;
  if (replica.hasEnded('jti', token.jti)) return TOKEN_REVOKED;
  if (kid !== undefined && replica.hasEnded('kid', kid)) return KEY_REVOKED;
  // `iat` has a grain of a second: "up to and including" refuses a token of the same second rather than miss one.
  if (token.iat <= (replica.cutoff('before', '*') ?? -1)) return TOKEN_REVOKED;
  if (token.iat <= (replica.cutoff('client', token.client_id) ?? -1)) return TOKEN_REVOKED;
  if (token.device_id !== undefined && token.iat <= (replica.cutoff('device', token.device_id) ?? -1)) {
    return TOKEN_REVOKED;
  }
  if (token.gen < (replica.cutoff('sub', token.sub) ?? 0)) return TOKEN_STALE;
  return undefined;
}
