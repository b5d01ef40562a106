import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Profile } from './show-profile.js';

/** The claims of an access token (RFC 9068 §2.2). */
export class ClaimsDto {
  @ApiProperty({ example: 'https://auth.example.com' }) iss!: string;
  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }], example: 'gatehouse' })
  aud!: string | readonly string[];
  @ApiProperty({ example: '456' }) sub!: string;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$' }) sid!: string;
  @ApiProperty({ format: 'uuid' }) jti!: string;
  @ApiProperty({ example: 1_768_473_000 }) iat!: number;
  @ApiProperty({ example: 1_768_473_900 }) exp!: number;
  @ApiProperty({ example: 1_768_473_000 }) auth_time!: number;
  @ApiProperty({ type: [String], example: ['pwd'] }) amr!: readonly string[];
  @ApiProperty({ example: 'aal1' }) acr!: string;
  @ApiProperty({ type: [String], example: ['user'] }) roles!: readonly string[];
  @ApiProperty({ example: '' }) scope!: string;
  @ApiProperty({ example: 0 }) gen!: number;
  @ApiProperty({ example: 'web' }) client_id!: string;
}

/** Answer of `/api/v1/auth/verify`. */
export class VerifiedDto {
  @ApiProperty({ enum: [true] }) active!: true;
  @ApiProperty({ type: ClaimsDto }) claims!: ClaimsDto;
}

export class ProfileUserDto {
  @ApiProperty({ example: 456 }) id!: number;
  @ApiProperty({ example: 'user@example.com' }) email!: string;
  @ApiPropertyOptional({ type: String, nullable: true, example: 'Ada', description: 'Absent when `degraded`.' })
  name?: string | null;
  @ApiProperty({ type: [String], example: ['user'] }) roles!: string[];
  @ApiPropertyOptional({ format: 'date-time', description: 'Absent when `degraded`.' }) created_at?: string;
  @ApiPropertyOptional({ description: 'Whether the address has been proven. Absent when `degraded`.' })
  email_verified?: boolean;
  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: '`null` while the first password holds, or there is none. Absent when `degraded`.',
  })
  password_changed_at?: string | null;
}

/** Answer of `GET /api/v1/auth/me`. */
export class ProfileDto {
  @ApiProperty({ type: ProfileUserDto }) user!: ProfileUserDto;
  @ApiPropertyOptional({ description: 'True while the database is away: this is what the session remembers.' })
  degraded?: boolean;
}

export function toProfileDto(profile: Profile): ProfileDto {
  const { id, email, roles, name, createdAtMs, emailVerified, passwordChangedAtMs = null } = profile;
  const known = { id, email, roles: [...roles] };
  if (name === undefined || createdAtMs === undefined) return { user: known, degraded: true };
  return {
    user: {
      ...known,
      name,
      created_at: new Date(createdAtMs).toISOString(),
      email_verified: emailVerified ?? false,
      password_changed_at: passwordChangedAtMs === null ? null : new Date(passwordChangedAtMs).toISOString(),
    },
  };
}
