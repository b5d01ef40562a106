import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, Headers, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { type Actor, Administrator } from '../../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import { OpenToActors } from '../../access/admin.guard.js';
import { ApiAccessFailures } from '../../access/api-access-failures.decorator.js';
import { CookieImpersonationDto } from '../../cookie-mode/http/cookie-answers.dto.js';
import { USER_ID_PARAM, userIdOf } from '../user-id.js';
import { Impersonate } from './impersonate.js';
import { ImpersonateRequest, ImpersonationDto, ImpersonationStoppedDto } from './impersonation.dto.js';

const MAX_USER_AGENT_LENGTH = 512;

@AdminOnly('admin:impersonation')
@Controller('api/v1/admin/users/:id/impersonate')
export class ImpersonationController {
  constructor(@Inject(Impersonate) private readonly impersonate: Impersonate) {}

  @Post()
  @HttpCode(200)
  @AdminWrites()
  @Header('cache-control', 'no-store')
  @ApiParam(USER_ID_PARAM)
  @ApiOperation({
    summary: 'Acts in a person’s place for a while',
    description:
      'Not for people who have a part in administration. The session shows among the person’s own, reaches neither their ' +
      'password nor their account, and ends with the administrator’s own session.',
  })
  @ApiData([ImpersonationDto, CookieImpersonationDto])
  @ApiFailures(
    'VALIDATION_ERROR',
    'SESSION_EXPIRED',
    'BEYOND_OWN_RIGHTS',
    'USER_NOT_FOUND',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async start(
    @Param('id') id: string,
    @Body() { reason }: ImpersonateRequest,
    @Administrator() actor: Actor,
    @Headers('user-agent') userAgent: string | undefined,
  ): Promise<ImpersonationDto> {
    const agent = (userAgent ?? '').slice(0, MAX_USER_AGENT_LENGTH);
    const started = await this.impersonate.run({ userId: userIdOf(id), reason, actor, userAgent: agent });
    const { user, session, accessToken, refreshToken } = started;
    return {
      access_token: accessToken.token,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: accessToken.expiresInSeconds,
      session_id: session.id,
      expires_at: new Date(session.absoluteExpiresAtMs).toISOString(),
      user: { id: user.id, email: user.email, roles: [...user.roles] },
    };
  }
}

@ApiTags('Authentication')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth/impersonation/stop')
export class StopImpersonationController {
  constructor(@Inject(Impersonate) private readonly impersonate: Impersonate) {}

  @Post()
  @HttpCode(200)
  @OpenToActors()
  @ApiOperation({ summary: 'Stops acting in a person’s place', description: 'Send the token of the impersonation.' })
  @ApiData(ImpersonationStoppedDto)
  @ApiFailures('NOT_IMPERSONATING', 'DEGRADED_UNAVAILABLE')
  async stop(@Current() principal: Principal): Promise<ImpersonationStoppedDto> {
    return { stopped: true, revocation_id: await this.impersonate.stop(principal) };
  }
}
