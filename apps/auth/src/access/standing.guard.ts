import { DatabaseUnavailable } from '@gatehouse/failures';
import { type ListedRevocation, RevocationOutbox } from '@gatehouse/revocation-log';
import { orUnavailable } from '@gatehouse/sql';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { TokenRefused } from './access.errors.js';
import type { AdmittedRequest } from './presence.guard.js';

/** More than the revocations of one user that are kept at a time: they are pruned once delivered and past. */
const MAX_KEPT = 1_000;
/** What the change itself asks of the database has to fit into the time of the request as well. */
const PATIENCE_MS = 500;

/**
 * Asks the database whether whoever administers still may. The list every token is checked against comes by way of Redis: while that
 * is away, somebody who was demoted could give themselves back what was taken. With the database away the list decides.
 */
@Injectable()
export class StandingGuard implements CanActivate {
  constructor(@Inject(RevocationOutbox) private readonly outbox: RevocationOutbox) {}

  /** @throws {TokenRefused} */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { principal } = context.switchToHttp().getRequest<AdmittedRequest>();
    if (!principal) return false;
    const { subject, sessionId, generation } = principal;
    const [ofUser, ofSession] = await Promise.all([this.kept('sub', subject), this.kept('sid', sessionId)]);
    if (ofSession.length > 0) throw new TokenRefused('SESSION_REVOKED');
    if (ofUser.some(({ entry }) => generation < entry.cutoff)) throw new TokenRefused('TOKEN_STALE');
    return true;
  }

  private async kept(scope: 'sub' | 'sid', value: string): Promise<readonly ListedRevocation[]> {
    try {
      return await orUnavailable(() => this.outbox.page({ limit: MAX_KEPT, scope, value }), PATIENCE_MS);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return [];
      throw error;
    }
  }
}
