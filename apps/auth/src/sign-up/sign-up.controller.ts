import { ApiData, ApiFailures, canonicalAddress } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, Post, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { SignedUpDto, SignUpRequest } from './sign-up.dto.js';
import { SignUp } from './sign-up.js';

@ApiTags('Account')
@Controller('api/v1/auth')
export class SignUpController {
  constructor(private readonly signUp: SignUp) {}

  @Public()
  @Post(['signup', 'register'])
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Make an account', security: [] })
  @ApiData(SignedUpDto, { status: 201, description: 'The account stands; sign in next' })
  @ApiFailures('VALIDATION_ERROR', 'WEAK_PASSWORD', 'EMAIL_TAKEN', 'RATE_LIMITED', 'OVERLOADED', 'DEGRADED_UNAVAILABLE')
  async post(@Body() body: SignUpRequest, @Req() request: FastifyRequest): Promise<SignedUpDto> {
    const { id, email, name, roles } = await this.signUp.run({
      ...body,
      ipAddress: canonicalAddress(request.ip),
      requestId: request.id,
    });
    return { user: { id, email, name, roles: [...roles] }, verification_required: false };
  }
}
