import { type CanActivate, type ExecutionContext, SetMetadata } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import { ADMIN_ROLE, includesPermission } from '../roles/permissions.js';
import { Forbidden } from './access.errors.js';
import { ADMINISTRATION } from './admin.decorator.js';
import type { AdmittedRequest } from './presence.guard.js';

const OPEN_TO_ACTORS = 'auth:open-to-actors';

/**
 * Lets sessions in which an administrator acts in a person's place use a route of this service. All others are closed to them:
 * passwords, accounts, devices and administration are the person's own.
 */
export const OpenToActors = () => SetMetadata(OPEN_TO_ACTORS, true);

/** Holds administrators to their permissions, and those who act in somebody's place to what they may. Runs after the token guard. */
export class AdminGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const targets = [context.getHandler(), context.getClass()];
    const request = context.switchToHttp().getRequest<AdmittedRequest>();
    const { principal } = request;
    const needed = this.reflector.getAllAndOverride<string | undefined>(ADMINISTRATION, targets);
    const actsForSomebody = principal?.actorId !== undefined;
    const isOpen = this.reflector.getAllAndOverride<boolean | undefined>(OPEN_TO_ACTORS, targets) === true;
    if (actsForSomebody && (needed !== undefined || !isOpen)) throw new Forbidden();
    if (needed === undefined) return true;
    if (!principal || !isHeld(needed, principal, request.method)) throw new Forbidden();
    return true;
  }
}

function isHeld(
  needed: string,
  { roles, scopes }: { readonly roles: readonly string[]; readonly scopes: readonly string[] },
  method: string,
): boolean {
  if (needed === ADMIN_ROLE) return roles.includes(ADMIN_ROLE);
  const isRead = method === 'GET' || method === 'HEAD';
  return includesPermission(scopes, isRead ? `${needed}:read` : needed);
}
