import { ApiProperty } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';

/** `POST /api/v1/auth/refresh`. */
export class RefreshRequest {
  /** Longer than any token of ours; what does not look like one is answered with `REFRESH_INVALID`. */
  @ApiProperty({ maxLength: 256, description: 'The newest refresh token of the session.' })
  @IsString()
  @MaxLength(256)
  refresh_token!: string;
}
