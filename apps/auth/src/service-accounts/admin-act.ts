import type { Actor } from '../access/actor.decorator.js';

/** Which administrator did it, and in which request; for the audit log. */
export interface AdminAct {
  readonly actorId: number;
  readonly ipAddress: string;
  readonly requestId: string;
}

export function actOf({ userId, ipAddress, requestId }: Actor): AdminAct {
  return { actorId: userId, ipAddress, requestId };
}
