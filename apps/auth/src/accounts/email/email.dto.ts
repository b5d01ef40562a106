import { ApiProperty } from '@nestjs/swagger';
import { MAX_EMAIL_LENGTH } from '../../users/email-address.js';
import { IsEmailAddress } from '../../users/is-email-address.decorator.js';

/** A body with an address. */
export class AddressRequest {
  @ApiProperty({ format: 'email', maxLength: MAX_EMAIL_LENGTH, example: 'user@example.com' })
  @IsEmailAddress()
  email!: string;
}

export class EmailVerifiedDto {
  @ApiProperty({ enum: [true] }) email_verified!: true;
}
