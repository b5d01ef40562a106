import type { RouteAccess } from '../routes/route.js';
import type { Principal } from '../sessions/gateway-session.js';

/** How somebody must prove anew who they are. */
export interface StepUp {
  readonly maxAgeSeconds?: number;
  readonly acr?: string;
  /** Where the person signed in: elsewhere they may be somebody else. */
  readonly provider?: string;
}

export type AccessDecision =
  | { readonly kind: 'allow' }
  | { readonly kind: 'forbid' }
  /** The person may well pass, once they have signed in again. */
  | { readonly kind: 'step-up'; readonly how: StepUp };

const ALLOW: AccessDecision = { kind: 'allow' };
const FORBID: AccessDecision = { kind: 'forbid' };

/**
 * Whether this person may pass. Roles come first: nobody is sent to sign in again for a place that stays closed to them. A
 * session that does not say when its person signed in counts as too old.
 */
export function decideAccess(access: RouteAccess, principal: Principal, nowMs: number): AccessDecision {
  if (access.kind === 'none') return ALLOW;
  const { anyRole, allRoles, maxAuthAgeMs, acr } = access;
  const has = (role: string) => principal.roles.includes(role);
  if (anyRole.length > 0 && !anyRole.some(has)) return FORBID;
  if (!allRoles.every(has)) return FORBID;

  const isTooOld = maxAuthAgeMs !== undefined && nowMs - (principal.authTimeMs ?? 0) > maxAuthAgeMs;
  const isTooWeak = acr !== undefined && principal.acr !== acr;
  if (!isTooOld && !isTooWeak) return ALLOW;
  const how: StepUp = {
    ...(maxAuthAgeMs === undefined ? {} : { maxAgeSeconds: Math.floor(maxAuthAgeMs / 1_000) }),
    ...(acr === undefined ? {} : { acr }),
  };
  return { kind: 'step-up', how };
}
