import { createParamDecorator, SetMetadata, type ExecutionContext } from '@nestjs/common';
import type { Freshness as FreshnessPolicy, Principal } from '../core/verdict.js';
import type { RequestHead } from '../http/bearer.js';
import { soundFreshness, soundFreshOptions, soundScopes, type FreshOptions } from '../http/rules.js';
import { connectionOf } from './connections.js';

/** A request as the guard leaves it, on Express and Fastify alike. */
export interface GuardedRequest extends RequestHead {
  principal?: Principal | undefined;
}

export const ACCESS = 'session-validator:access';
export const ROLES = 'session-validator:roles';
export const SCOPES = 'session-validator:scopes';
export const FRESH_SIGN_IN = 'session-validator:fresh-sign-in';
export const SERVICE_ACCOUNTS = 'session-validator:service-accounts';
export const FRESHNESS = 'session-validator:freshness';

// On a controller they hold for all its routes; on a route they replace what the controller says.

/** No token is asked for or looked at. */
export const Public = () => SetMetadata(ACCESS, 'public');

/** A token may be left out. One that is sent must be good. */
export const OptionalAuth = () => SetMetadata(ACCESS, 'optional');

/** One of these roles is needed, and with it a token, whatever else the route says. */
export const Roles = (...roles: string[]) => SetMetadata(ROLES, roles);

/** All of these scopes are needed, and with them a token, whatever else the route says. */
export const Scopes = (...scopes: string[]) => SetMetadata(SCOPES, soundScopes(scopes));

/**
 * Service accounts are let in too. `principal.serviceAccountId` tells which one asks; it has no user id, and
 * `principal.userId` throws. Without this their tokens are refused; `false` on a route takes back what its controller says.
 */
export const ServiceAccounts = (letIn = true) => SetMetadata(SERVICE_ACCOUNTS, letIn);

/** A recent or strong enough sign-in is needed; else 403 `STEP_UP_REQUIRED` (RFC 9470). */
export const RequireFresh = (options: FreshOptions) => SetMetadata(FRESH_SIGN_IN, soundFreshOptions(options));

/** How stale the list of revocations may be here: `'open'`, `'closed'` or `{ boundedSeconds }`. */
export const Freshness = (freshness: FreshnessPolicy) => SetMetadata(FRESHNESS, soundFreshness(freshness));

/** The {@link Principal} who asks; `undefined` on public routes and for nobody on optional ones. In gateways too. */
export const Current = createParamDecorator((_data: unknown, context: ExecutionContext): Principal | undefined =>
  context.getType() === 'ws'
    ? connectionOf(context.switchToWs().getClient<unknown>())?.principal
    : context.switchToHttp().getRequest<GuardedRequest>().principal,
);
