import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** `POST /api/v1/auth/revoke`, as a form; for the documentation. */
export class RevocationForm {
  @ApiProperty() token!: string;
  @ApiPropertyOptional({ enum: ['access_token', 'refresh_token'], description: 'Makes no difference.' })
  token_type_hint?: string;
  @ApiPropertyOptional({ description: 'Of a client without a secret, such as `web`.' }) client_id?: string;
}
