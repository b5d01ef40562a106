import { bearerToken, MALFORMED } from '@gatehouse/session-validator/nest';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MalformedCredentials } from '../access/bearer.decorator.js';
import { StreamAccess } from '../revocations/stream/stream-access.js';

/** Asks for the token of the revocation stream, before anybody looks at the body. */
@Injectable()
export class StreamTokenGuard implements CanActivate {
  constructor(@Inject(StreamAccess) private readonly access: StreamAccess) {}

  /** @throws {StreamClosed} {@link StreamTokenMissing} {@link StreamTokenInvalid} {@link MalformedCredentials} */
  canActivate(context: ExecutionContext): boolean {
    const token = bearerToken(context.switchToHttp().getRequest<FastifyRequest>().raw);
    if (token === MALFORMED) throw new MalformedCredentials();
    this.access.check(token);
    return true;
  }
}
