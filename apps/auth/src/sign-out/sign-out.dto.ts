import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

/** `POST /api/v1/auth/signout`; the body may be left out. */
export class SignOutRequest {
  @ApiPropertyOptional({ maxLength: 256, description: 'Its session ends too, should it be another one.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(256)
  refresh_token?: string;
}

export class SignedOutDto {
  @ApiProperty({ enum: [true] }) signed_out!: true;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$', description: 'The session that has ended.' }) session_id!: string;
  @ApiProperty({ format: 'uuid', description: 'Names the revocation: its receipt is at `/api/v1/revocations/:id`.' })
  revocation_id!: string;
  @ApiPropertyOptional({
    format: 'uri',
    description:
      'Of a session that began at an identity provider: where the browser goes next to sign out there as well. It comes back to `APP_URL`.',
  })
  provider_sign_out?: string;
}
