import { ApiProperty } from '@nestjs/swagger';
import { IsPassword, MAX_PASSWORD_LENGTH } from '../passwords/is-password.decorator.js';

/** `POST /api/v1/auth/step-up`. */
export class StepUpRequest {
  @ApiProperty({ minLength: 1, maxLength: MAX_PASSWORD_LENGTH, format: 'password' })
  @IsPassword()
  password!: string;
}

/** Answer of `POST /api/v1/auth/step-up`. */
export class SteppedUpDto {
  @ApiProperty({ description: 'Of the same session, with the later `auth_time`.' }) access_token!: string;
  @ApiProperty({ enum: ['Bearer'] }) token_type!: 'Bearer';
  @ApiProperty({ description: 'Life of the access token, in seconds.', example: 900 }) expires_in!: number;
  @ApiProperty({ format: 'date-time' }) auth_time!: string;
}
