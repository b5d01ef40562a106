import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** `POST /api/v1/auth/introspect`, as a form; for the documentation. */
export class IntrospectionForm {
  @ApiProperty() token!: string;
  @ApiPropertyOptional({ enum: ['access_token', 'refresh_token'], description: 'Makes no difference.' })
  token_type_hint?: string;
}

/** Answer of the introspection endpoint (RFC 7662 §2.2). Everything but `active` only where it is true. */
export class IntrospectionDto {
  @ApiProperty() active!: boolean;
  @ApiPropertyOptional({ enum: ['Bearer', 'refresh_token'] }) token_type?: string;
  @ApiPropertyOptional() iss?: string;
  @ApiPropertyOptional() aud?: string;
  @ApiPropertyOptional({ description: 'User id, or the client id of a service account' }) sub?: string;
  @ApiPropertyOptional() sid?: string;
  @ApiPropertyOptional() jti?: string;
  @ApiPropertyOptional() client_id?: string;
  @ApiPropertyOptional() scope?: string;
  @ApiPropertyOptional({ type: [String] }) roles?: string[];
  @ApiPropertyOptional() iat?: number;
  @ApiPropertyOptional() exp?: number;
  @ApiPropertyOptional() auth_time?: number;
  @ApiPropertyOptional({ type: [String] }) amr?: string[];
  @ApiPropertyOptional() acr?: string;
  @ApiPropertyOptional() gen?: number;
  @ApiPropertyOptional() device_id?: string;
}
