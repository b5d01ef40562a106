import { DatabaseUnavailable } from '@gatehouse/failures';
import { RevocationOutbox } from '@gatehouse/revocation-log';
import { orUnavailable } from '@gatehouse/sql';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { UserRepository } from '../users/user-repository.port.js';
import { TokenRefused } from './access.errors.js';
import type { AdmittedRequest } from './presence.guard.js';

/** What the change itself asks of the database has to fit into the time of the request as well. */
const PATIENCE_MS = 500;

/**
 * Asks the database whether whoever administers still may. The list every token is checked against comes by way of Redis, and so do
 * the rights of a session: while Redis is away, somebody who was demoted could give themselves back what was taken, and so could
 * whoever writes to it and puts back rights of before. With the database away the list decides.
 */
@Injectable()
export class StandingGuard implements CanActivate {
  constructor(
    @Inject(UserRepository) private readonly users: UserRepository,
    @Inject(RevocationOutbox) private readonly outbox: RevocationOutbox,
  ) {}

  /** @throws {TokenRefused} */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { principal } = context.switchToHttp().getRequest<AdmittedRequest>();
    if (!principal) return false;
    const { userId, sessionId, generation } = principal;
    try {
      const [user, ended] = await orUnavailable(
        () =>
          Promise.all([this.users.findById(userId), this.outbox.page({ limit: 1, scope: 'sid', value: sessionId })]),
        PATIENCE_MS,
      );
      if (ended.length > 0) throw new TokenRefused('SESSION_REVOKED');
      // Disabling an account is a generation as well.
      if (!user || generation < user.tokenGeneration) throw new TokenRefused('TOKEN_STALE');
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
    return true;
  }
}
