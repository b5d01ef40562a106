import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** `POST /api/v1/auth/token`, as a form; for the documentation. The form is read parameter by parameter. */
export class TokenRequestForm {
  @ApiProperty({ enum: ['client_credentials', 'refresh_token'] }) grant_type!: string;
  @ApiPropertyOptional({ description: 'With `refresh_token`: the newest of the session.' }) refresh_token?: string;
  @ApiPropertyOptional({
    description: 'With `client_credentials`: some of the account’s, between spaces. All unless told.',
  })
  scope?: string;
  @ApiPropertyOptional({ description: 'With `client_credentials`: which `aud` the token is to have (RFC 8707).' })
  resource?: string;
  @ApiPropertyOptional({ description: 'The same by another name.' }) audience?: string;
  @ApiPropertyOptional({ description: 'Unless it stands in an `Authorization: Basic` header or in the proof.' })
  client_id?: string;
  @ApiPropertyOptional({ description: '`client_secret_post`' }) client_secret?: string;
  @ApiPropertyOptional({ description: '`private_key_jwt`: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`' })
  client_assertion_type?: string;
  @ApiPropertyOptional({ description: '`private_key_jwt`: the proof (RFC 7523), good once' }) client_assertion?: string;
}

/** Answer of the token endpoint (RFC 6749 §5.1). */
export class TokenResponseDto {
  @ApiProperty() access_token!: string;
  @ApiProperty({ enum: ['Bearer'] }) token_type!: 'Bearer';
  @ApiProperty({ description: 'Seconds', example: 900 }) expires_in!: number;
  @ApiPropertyOptional({ description: 'With `refresh_token`: the next one.' }) refresh_token?: string;
  @ApiPropertyOptional({ description: 'What was granted; left out when it is nothing.' }) scope?: string;
}
