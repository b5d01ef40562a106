import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Forbidden } from '../../access/access.errors.js';
import type { AdmittedRequest } from '../../access/presence.guard.js';

/** For routes that no person calls, whatever scopes a role has given them. */
@Injectable()
export class ServicesOnlyGuard implements CanActivate {
  /** @throws {Forbidden} */
  canActivate(context: ExecutionContext): boolean {
    const { principal } = context.switchToHttp().getRequest<AdmittedRequest>();
    if (principal?.serviceAccountId === undefined) throw new Forbidden();
    return true;
  }
}
