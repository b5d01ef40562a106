import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Bearer } from '../access/bearer.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { NamedSessionId } from '../access/presence.guard.js';
import { RefreshCookie } from '../cookie-mode/http/browser-visit.js';
import { UsesCookies } from '../cookie-mode/http/uses-cookies.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { RecogniseLeaver } from './recognise-leaver.js';
import { SessionElsewhere } from './session-elsewhere.js';
import { SignedOutDto, SignOutRequest } from './sign-out.dto.js';
import { SignOut } from './sign-out.js';

@ApiTags('Authentication')
@Controller('api/v1/auth')
export class SignOutController {
  constructor(
    @Inject(RecogniseLeaver) private readonly leaver: RecogniseLeaver,
    @Inject(SignOut) private readonly signOut: SignOut,
    @Inject(SessionElsewhere) private readonly elsewhere: SessionElsewhere,
  ) {}

  // Public to the guards, which refuse expired and revoked tokens: those may still sign out, see `RecogniseLeaver`.
  @Public()
  @Post('signout')
  @HttpCode(200)
  @UsesCookies('sign-out')
  @Idempotent()
  @ApiBearerAuth()
  @ApiBody({ type: SignOutRequest, required: false })
  @ApiHeader({ name: 'X-Session-ID', required: false, description: 'Another of your own sessions to end instead' })
  @ApiOperation({
    summary: 'Ends a session',
    description:
      'Harmless to repeat: an ended session is answered alike, and a token that has expired meanwhile will do. Once answered, no ' +
      'service accepts a token of the session, and no refresh brings it back.',
  })
  @ApiData(SignedOutDto, { description: 'The session has ended' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'INVALID_SESSION_ID',
    'TOKEN_MISSING',
    'TOKEN_INVALID',
    'TOKEN_EXPIRED',
    'SESSION_REVOKED',
    'SESSION_EXPIRED',
    'FORBIDDEN',
    'SESSION_NOT_OWNED',
    'RATE_LIMITED',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async post(
    @Bearer() token: string,
    @RefreshCookie() refreshCookie: string | undefined,
    @NamedSessionId() otherSessionId: string | undefined,
    @Body() body: SignOutRequest,
    @Caller() caller: CallerFacts,
  ): Promise<SignedOutDto> {
    const { userId, sessionId } = await this.leaver.run(token, otherSessionId, refreshCookie);
    const refreshToken = body?.refresh_token;
    const [ended, providerSignOut] = await Promise.all([
      this.signOut.run({ userId, sessionId, otherSessionId, refreshToken, ...caller }),
      // Whoever ends a session on another device leaves no provider with this one.
      [undefined, sessionId].includes(otherSessionId) ? this.elsewhere.signOutOf(sessionId) : undefined,
    ]);
    return {
      signed_out: true,
      session_id: ended.sessionId,
      revocation_id: ended.revocationId,
      ...(providerSignOut === undefined ? {} : { provider_sign_out: providerSignOut }),
    };
  }
}
