import type { ErrorCode } from '@gatehouse/contracts';
import { refusalOf } from '@gatehouse/nest-kit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AdmittedRequest } from '../../access/presence.guard.js';
import type { AuditLog } from '../audit-log.port.js';

/**
 * Refusals that say somebody reached for what is not theirs. Not among them: tokens that ran out, which happens to everybody
 * every quarter of an hour, requests without any, malformed ones, and what rooms record themselves because they know more about it.
 */
const TELLING: ReadonlySet<ErrorCode> = new Set([
  'TOKEN_INVALID',
  'TOKEN_REVOKED',
  'SESSION_REVOKED',
  'REFRESH_INVALID',
  'RESET_TOKEN_INVALID',
  'VERIFY_TOKEN_INVALID',
  'RESTORE_TOKEN_INVALID',
  'FORBIDDEN',
  'CSRF_FAILED',
  'STEP_UP_REQUIRED',
  'BEYOND_OWN_RIGHTS',
  'SESSION_NOT_OWNED',
  // Of others there are none either, as far as a stranger is told.
  'SESSION_NOT_FOUND',
  'DEVICE_NOT_FOUND',
] satisfies ErrorCode[]);

/**
 * Puts refused authorisation into the audit log, wherever it was refused: in a guard, a use case or before routing. Must run
 * before routes are registered.
 */
export function recordRefusals(fastify: FastifyInstance, audit: Pick<AuditLog, 'record'>): void {
  fastify.addHook('onResponse', async (request) => {
    const code = refusalOf(request);
    if (code === undefined || !TELLING.has(code)) return;
    const { principal } = request as FastifyRequest & Pick<AdmittedRequest, 'principal'>;
    audit.record({
      kind: 'access.denied',
      ...whoIs(principal),
      ...(principal?.actorId === undefined ? {} : { actorId: principal.actorId }),
      ipAddress: request.ip,
      requestId: request.id,
      // The pattern: in the path there may be ids, and whatever clients put there.
      details: { code, method: request.method, route: request.routeOptions.url ?? 'unmatched' },
    });
  });
}

function whoIs(principal: AdmittedRequest['principal']) {
  if (!principal) return {};
  if (principal.serviceAccountId !== undefined) return { clientId: principal.serviceAccountId };
  return { userId: principal.userId, sessionId: principal.sessionId };
}
