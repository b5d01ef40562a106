import { ApiProperty } from '@nestjs/swagger';
import { MaxLength, MinLength } from 'class-validator';
import { SignedInUserDto } from '../../sign-in/signed-in.dto.js';
import { IsPrintable } from '../../users/is-printable.decorator.js';

/** `POST /api/v1/admin/users/:id/impersonate`. */
export class ImpersonateRequest {
  @ApiProperty({
    minLength: 3,
    maxLength: 200,
    example: 'Ticket 4711: the basket stays empty',
    description: 'Kept in the log.',
  })
  @MinLength(3)
  @MaxLength(200)
  @IsPrintable()
  reason!: string;
}

/** Answer of `POST /api/v1/admin/users/:id/impersonate`. */
export class ImpersonationDto {
  @ApiProperty({ description: 'Of the person, with `act` naming the administrator (RFC 8693 §4.1).' })
  access_token!: string;
  @ApiProperty({ description: 'Usable once; good until `expires_at` at most.' }) refresh_token!: string;
  @ApiProperty({ enum: ['Bearer'] }) token_type!: 'Bearer';
  @ApiProperty({ description: 'Life of the access token, in seconds.', example: 900 }) expires_in!: number;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$' }) session_id!: string;
  @ApiProperty({ format: 'date-time', description: 'When it ends, whatever is refreshed: 30 minutes at most.' })
  expires_at!: string;
  @ApiProperty({ type: SignedInUserDto }) user!: SignedInUserDto;
}

/** Answer of `POST /api/v1/auth/impersonation/stop`. */
export class ImpersonationStoppedDto {
  @ApiProperty({ enum: [true] }) stopped!: true;
  @ApiProperty({ format: 'uuid' }) revocation_id!: string;
}
