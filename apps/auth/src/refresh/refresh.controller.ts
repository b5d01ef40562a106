import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { noteRemembered } from '../cookie-mode/http/browser-visit.js';
import { CookieSignedInDto } from '../cookie-mode/http/cookie-answers.dto.js';
import { UsesCookies } from '../cookie-mode/http/uses-cookies.decorator.js';
import { IdempotencyKey, TakesIdempotencyKey } from '../idempotency/idempotency-key.decorator.js';
import { SignedInDto } from '../sign-in/signed-in.dto.js';
import { RefreshRequest } from './refresh.dto.js';
import { type RefreshedTokens, RefreshSession } from './refresh-session.js';

@ApiTags('Authentication')
@Controller('api/v1/auth')
export class RefreshController {
  constructor(@Inject(RefreshSession) private readonly refresh: RefreshSession) {}

  @Public()
  @Post('refresh')
  @HttpCode(200)
  @UsesCookies('refresh')
  @TakesIdempotencyKey()
  @ApiBody({ type: RefreshRequest, required: false, description: 'None where the refresh token is in a cookie' })
  @ApiOperation({
    summary: 'Trades a refresh token for the next pair of tokens',
    description:
      'A refresh token works once. Presented again within a few seconds it yields the identical answer, so a lost answer can be ' +
      'asked for again; with the `Idempotency-Key` of the first time, within ten minutes. Presented later, or without the key, it counts as ' +
      'stolen, and the session is ended. The answer holds no `session`.',
    security: [{}, { accessCookie: [], refreshCookie: [], csrfToken: [] }],
  })
  @ApiData([SignedInDto, CookieSignedInDto], {
    description: 'The next pair of tokens',
    headers: {
      'X-Session-ID': { description: 'The session they belong to', schema: { type: 'string' } },
      'X-Refresh-Replayed': { description: '`1` on the answer to a repeated request', schema: { type: 'string' } },
    },
  })
  @ApiFailures(
    'VALIDATION_ERROR',
    'REFRESH_INVALID',
    'REFRESH_EXPIRED',
    'REFRESH_REUSE_DETECTED',
    'CSRF_FAILED',
    'RATE_LIMITED',
    'SESSION_ERROR',
  )
  async post(
    @Body() body: RefreshRequest,
    @IdempotencyKey() idempotencyKey: string | undefined,
    @Caller() caller: CallerFacts,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInDto> {
    const refreshed = await this.refresh.run({ refreshToken: body.refresh_token, idempotencyKey, ...caller });
    void reply.header('x-session-id', refreshed.sessionId);
    if (refreshed.replayed) void reply.header('x-refresh-replayed', '1');
    if (refreshed.tokens.rememberMe) noteRemembered(request);
    return toDto(refreshed.tokens);
  }
}

/** Nothing here depends on the time of the call: a repeated answer is the same to the byte. */
function toDto(tokens: RefreshedTokens): SignedInDto {
  const { id, email, roles } = tokens.user;
  return {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'Bearer',
    expires_in: tokens.expiresInSeconds,
    refresh_expires_in: tokens.refreshExpiresInSeconds,
    user: { id, email, roles: [...roles] },
  };
}
