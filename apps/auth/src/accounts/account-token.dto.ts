import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

/** A body with the token of a link. */
export class TokenRequest {
  @ApiProperty({ description: 'What stands behind `#token=` in the link.', maxLength: 256 })
  @IsString()
  @MaxLength(256)
  token!: string;
}

/** Answer where something is done behind the request, or nothing, and nobody is to know which. */
export class AcceptedDto {
  @ApiProperty({ enum: [true] }) accepted!: true;
}

export const ACCEPTED: AcceptedDto = { accepted: true };
