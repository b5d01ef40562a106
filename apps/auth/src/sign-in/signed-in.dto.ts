import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { SessionDto, toSessionDto } from '../sessions/session.dto.js';
import type { SignedIn } from './sign-in.js';

/** Who signed in, as the answer tells it. */
export class SignedInUserDto {
  @ApiProperty({ example: 456 }) id!: number;
  @ApiProperty({ example: 'user@example.com' }) email!: string;
  @ApiProperty({ type: [String], example: ['user'] }) roles!: string[];
}

/** Answer of sign-in and of refresh. */
export class SignedInDto {
  @ApiProperty({ description: 'JWT (RFC 9068); send it as `Authorization: Bearer`.' }) access_token!: string;
  @ApiPropertyOptional({ description: 'Usable once. Absent when `degraded`.' }) refresh_token?: string;
  @ApiProperty({ enum: ['Bearer'] }) token_type!: 'Bearer';
  @ApiProperty({ description: 'Life of the access token, in seconds.', example: 900 }) expires_in!: number;
  @ApiPropertyOptional({ description: 'Seconds until the session ends whatever happens.', example: 604800 })
  refresh_expires_in?: number;
  @ApiPropertyOptional({ type: () => SessionDto, description: 'Absent when `degraded`.' }) session?: SessionDto;
  @ApiProperty({ type: SignedInUserDto }) user!: SignedInUserDto;
  @ApiPropertyOptional({
    description:
      'Keep it on this device, for this person, and send it with the next sign-in. Absent when the one you have sent is good.',
  })
  device_token?: string;
  @ApiPropertyOptional({ description: 'True when no session could be recorded: the access token is all there is.' })
  degraded?: boolean;
}

export function toSignedInDto(
  { user, sessionId, accessToken, deviceToken, recorded }: SignedIn,
  nowMs: number,
): SignedInDto {
  return {
    access_token: accessToken.token,
    token_type: 'Bearer',
    expires_in: accessToken.expiresInSeconds,
    user: { id: user.id, email: user.email, roles: [...user.roles] },
    ...(deviceToken === undefined ? {} : { device_token: deviceToken }),
    ...(recorded
      ? {
          refresh_token: recorded.refreshToken,
          refresh_expires_in: Math.max(0, Math.floor((recorded.session.absoluteExpiresAtMs - nowMs) / 1000)),
          session: toSessionDto(recorded.session, sessionId, nowMs),
        }
      : { degraded: true }),
  };
}
