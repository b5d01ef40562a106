import { PROBLEMS } from '@gatehouse/failures';
import { Unwrapped } from '@gatehouse/nest-kit';
import { Controller, Get, Inject, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ForwardAuth } from './forward-auth.js';

/**
 * `GET /_gw/auth`: NGINX `auth_request`, Caddy `forward_auth`, Traefik ForwardAuth. 204 with identity headers, 401, 403; 503 while
 * it cannot be told. NGINX understands no more than that.
 */
@Unwrapped()
@Controller('_gw')
export class ForwardAuthController {
  constructor(@Inject(ForwardAuth) private readonly forwardAuth: ForwardAuth) {}

  @Get('auth')
  async ask(
    @Req() { headers, socket }: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('login') login: unknown,
  ): Promise<void> {
    const verdict = await this.forwardAuth.run(socket.remoteAddress, headers);
    if (verdict.kind === 'pass') return void (await reply.status(204).headers(verdict.headers).send());
    if (verdict.kind === 'not-asked') return void (await reply.status(403).send());
    const { refused, login: address, isNavigation } = verdict;
    if (address !== undefined) void reply.header('x-login', address);
    // Caddy and Traefik hand this on to the browser as it is; NGINX would take it for a failure, so it has to be asked for.
    if (login === 'redirect' && address !== undefined && isNavigation) {
      return void (await reply.redirect(address, 302));
    }
    const { status } = PROBLEMS[refused.code];
    if (refused.retryAfterSeconds !== undefined) void reply.header('retry-after', String(refused.retryAfterSeconds));
    void reply.header('x-refused', refused.code);
    await reply.status(status >= 500 ? 503 : status === 401 ? 401 : 403).send();
  }
}
