/** Which administrator did it, and in which request; for the audit log. */
export interface AdminAct {
  readonly actorId: number;
  readonly ipAddress: string;
  readonly requestId: string;
}
