import { SessionStoreUnavailable } from '@gatehouse/failures';
import { Controller, Get, Inject, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { GatewaySessions } from '../sessions/gateway-session.js';

/** What a page may know about who uses it. No token, nothing that proves anything. */
export type WhoAmI =
  | { readonly signed_in: false; readonly login: string }
  | {
      readonly signed_in: true;
      readonly user_id: number;
      readonly session_id: string;
      readonly roles: readonly string[];
      readonly provider: string;
      /** When the person last proved who they are. */
      readonly authenticated_at?: string;
      readonly expires_at: string;
    };

/** `GET /_gw/session`: who is signed in, for the pages behind the gateway. */
@Controller('_gw')
export class SessionController {
  constructor(@Inject(GatewaySessions) private readonly sessions: GatewaySessions) {}

  @Get('session')
  async whoAmI(@Req() { headers }: FastifyRequest): Promise<WhoAmI> {
    const found = await this.sessions.look(headers.cookie, { kind: 'deny' });
    if (found.kind === 'unavailable') throw new SessionStoreUnavailable('it cannot be told who is signed in');
    if (found.kind !== 'live') return { signed_in: false, login: '/_gw/login' };
    const { principal, session } = found;
    const { authTimeMs } = principal;
    return {
      signed_in: true,
      user_id: Number(principal.userId),
      session_id: principal.sid,
      roles: principal.roles,
      provider: session.record.provider,
      ...(authTimeMs === undefined ? {} : { authenticated_at: new Date(authTimeMs).toISOString() }),
      expires_at: new Date(session.record.expiresAtMs).toISOString(),
    };
  }
}
