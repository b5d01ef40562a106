import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean } from 'class-validator';
import { IsPassword, MAX_PASSWORD_LENGTH } from '../../passwords/is-password.decorator.js';
import { TokenRequest } from '../account-token.dto.js';

const password = { minLength: 1, maxLength: MAX_PASSWORD_LENGTH, format: 'password' };

/** `POST /api/v1/auth/password/reset`. */
export class ResetPasswordRequest extends TokenRequest {
  @ApiProperty({ ...password, description: 'The new one.' })
  @IsPassword()
  password!: string;
}

/** `POST /api/v1/auth/password/change`. */
export class ChangePasswordRequest {
  @ApiProperty(password)
  @IsPassword()
  current!: string;

  @ApiProperty(password)
  @IsPassword()
  new!: string;

  @ApiPropertyOptional({ default: true, description: 'false signs out here as well.' })
  @MayBeAbsent()
  @IsBoolean()
  keep_current_session?: boolean;
}

export class PasswordChangedDto {
  @ApiProperty({ enum: [true] }) password_changed!: true;
  @ApiProperty({ description: 'Sessions that were found and ended; 0 while their store is away, although they end.' })
  sessions_ended!: number;
  @ApiProperty({ format: 'uuid', description: 'See `GET /api/v1/revocations/{id}`.' }) revocation_id!: string;
}
