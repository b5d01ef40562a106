import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Header, Inject, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { RecogniseBrowser } from '../recognise-browser.js';
import { CsrfTokenDto } from './csrf.dto.js';
import { CsrfTokens } from '../csrf-tokens.js';

@ApiTags('Authentication')
@Controller('api/v1/auth/csrf')
export class CsrfController {
  constructor(
    @Inject(RecogniseBrowser) private readonly browser: RecogniseBrowser,
    @Inject(CsrfTokens) private readonly csrf: CsrfTokens,
  ) {}

  // Public to the guards, which refuse expired tokens: a page that was closed for an hour needs this before it can refresh.
  @Public()
  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'What a page must send with whatever is to change something',
    description:
      'For pages that live on cookies (`COOKIE_MODE=on`, else 404). Sign-in tells it as well; this is for a page that was loaded anew. ' +
      'The access token may have expired. Pages of other origins cannot read the answer.',
    security: [{ accessCookie: [] }],
  })
  @ApiData(CsrfTokenDto)
  @ApiFailures('VALIDATION_ERROR', 'TOKEN_MISSING', 'TOKEN_INVALID', 'NOT_FOUND', 'RATE_LIMITED')
  get(@Req() request: FastifyRequest): CsrfTokenDto {
    return { csrf_token: this.csrf.mint(this.browser.run(request)) };
  }
}
