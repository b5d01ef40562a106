import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { RightsHolder } from '../roles/own-rights.js';
import type { CallerFacts } from './caller.decorator.js';
import type { AdmittedRequest } from './presence.guard.js';

/** The person who administers: who they are, what they may do, and from where they ask. */
export interface Actor extends CallerFacts {
  readonly userId: number;
  readonly sessionId: string;
  readonly rights: RightsHolder;
}

/** The {@link Actor} of this request. For routes behind `@AdminOnly()`, where there always is one. */
export const Administrator = createParamDecorator((_data: unknown, context: ExecutionContext): Actor => {
  const { principal, ip, id } = context.switchToHttp().getRequest<AdmittedRequest>();
  if (!principal) throw new Error('a route of administration that asks for nobody');
  const { userId, sessionId, roles, scopes } = principal;
  return { userId, sessionId, rights: { roles, scopes }, ipAddress: ip, requestId: id };
});
