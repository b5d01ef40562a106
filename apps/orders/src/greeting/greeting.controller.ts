import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, OptionalAuth, type Principal } from '@gatehouse/session-validator/nest';
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';

export class GreetingDto {
  @ApiProperty()
  message!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Who asks; null for nobody in particular' })
  user_id!: number | null;
}

/** The smallest routes there can be: one that needs a session, one that likes to know. */
@ApiTags('Greeting')
@Controller('api')
export class GreetingController {
  @Get('protected')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Says hello to whoever is signed in' })
  @ApiData(GreetingDto)
  @ApiFailures('VALIDATION_ERROR', 'TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_REVOKED', 'FEED_STALE')
  protected(@Current() { userId }: Principal): GreetingDto {
    return { message: 'You are signed in.', user_id: userId };
  }

  @Get('public')
  @OptionalAuth()
  @ApiOperation({
    summary: 'Says hello to anybody, and by name to whoever is signed in',
    security: [{}, { bearer: [] }],
  })
  @ApiData(GreetingDto)
  @ApiFailures('VALIDATION_ERROR', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_REVOKED', 'FEED_STALE')
  public(@Current() principal: Principal | undefined): GreetingDto {
    return { message: principal ? 'You are signed in.' : 'Anybody may read this.', user_id: principal?.userId ?? null };
  }
}
