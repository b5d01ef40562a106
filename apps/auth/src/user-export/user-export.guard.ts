import { AppError } from '@gatehouse/failures';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Forbidden } from '../access/access.errors.js';
import { ADMIN_FRESH_SECONDS, ADMIN_ROLE } from '../access/admin.decorator.js';
import { BEARER_CHALLENGE } from '../access/bearer.decorator.js';
import type { AdmittedRequest } from '../access/presence.guard.js';
import { includesPermission } from '../roles/permissions.js';

class StepUpNeeded extends AppError {
  readonly code = 'STEP_UP_REQUIRED';
}

/** RFC 9470 §3, as the guard of every other route says it. */
const CHALLENGE =
  `${BEARER_CHALLENGE}, error="insufficient_user_authentication", error_description="STEP_UP_REQUIRED", ` +
  `max_age="${ADMIN_FRESH_SECONDS}"`;

/**
 * What an export asks for beyond what opens the reading of administration: everybody at once is more than looking somebody up, and
 * hashes are worth as much as any change.
 */
@Injectable()
export class UserExportGuard implements CanActivate {
  /** @throws {Forbidden} {StepUpNeeded} */
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const { principal, query } = http.getRequest<AdmittedRequest>();
    if (!principal || !includesPermission(principal.scopes, 'admin:users')) throw new Forbidden();
    // Whatever it says, well-formed or not: what is no plain "no" must not slip by here.
    const { password_hashes: hashes = 'false' } = query as Readonly<Record<string, unknown>>;
    if (hashes === 'false') return true;
    if (!principal.roles.includes(ADMIN_ROLE)) throw new Forbidden();
    if (Date.now() - principal.authenticatedAtMs <= ADMIN_FRESH_SECONDS * 1_000) return true;
    void http.getResponse<FastifyReply>().header('www-authenticate', CHALLENGE);
    throw new StepUpNeeded('an export with password hashes asks for a fresh sign-in');
  }
}
