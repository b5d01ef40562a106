import {
  MAX_CLOCK_TOLERANCE_SECONDS,
  REVOCATION_MARGIN_SECONDS,
  type RevocationReason,
  type RevocationScope,
} from '@gatehouse/contracts';
import type { Initiator, SecurityEvent } from './security-event.js';

/** A row of `revocations`, as far as it matters here. */
export interface WrittenRevocation {
  readonly id: number;
  readonly entryId: string;
  readonly scope: RevocationScope;
  readonly value: string;
  readonly untilMs: number;
  readonly reason: RevocationReason;
  readonly userId: number | null;
}

/**
 * The scopes that end sessions of somebody. What the others end has no name outside: `jti` is one token and no session,
 * `client` a service's tokens, `kid` and `before` those of nobody in particular.
 */
export const TOLD_SCOPES = ['sid', 'sub', 'device'] as const satisfies readonly RevocationScope[];

/** A change of roles asks for new tokens and ends no session: whoever is affected goes on after a refresh. */
export const UNTOLD_REASON = 'role_changed' satisfies RevocationReason;

const INITIATORS: Readonly<Record<Exclude<RevocationReason, typeof UNTOLD_REASON>, Initiator | null>> = {
  user_signout: 'user',
  user_revoked: 'user',
  revoked_others: 'user',
  password_changed: 'user',
  // By its owner, by an administrator, or by time.
  account_deleted: null,
  admin: 'admin',
  key_revoked: 'admin',
  evicted_limit: 'policy',
  idle_timeout: 'policy',
  absolute_timeout: 'policy',
  reuse_detected: 'system',
  risk: 'system',
  idp_logout: 'system',
};

/**
 * The event a revocation of one of the {@link TOLD_SCOPES} is.
 *
 * @param accessTokenSeconds - longest life of an access token, from which the row has its `untilMs`
 */
export function eventOfRevocation(
  { id, entryId, scope, value, untilMs, reason, userId }: WrittenRevocation,
  accessTokenSeconds: number,
  nowMs: number,
): Omit<SecurityEvent, 'position'> {
  const keptMs = (accessTokenSeconds + MAX_CLOCK_TOLERANCE_SECONDS + REVOCATION_MARGIN_SECONDS) * 1000;
  return {
    // One act writes several rows under one entry id; and numbers alone come again in a database that was restored.
    id: `${entryId}.${id}`,
    actId: entryId,
    type: 'session-revoked',
    userId: scope === 'sub' ? Number(value) : userId,
    sessionId: scope === 'sid' ? value : null,
    deviceId: scope === 'device' ? value : null,
    // A newer version may know of a reason that this one does not.
    initiator: (INITIATORS as Readonly<Record<string, Initiator | null>>)[reason] ?? null,
    // A row says until when it matters. A cut-off ahead of our clock is none: nobody has ended what has not begun.
    happenedAtMs: Math.min(untilMs - keptMs, nowMs),
  };
}
