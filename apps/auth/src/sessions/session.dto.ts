import type { Session } from '@gatehouse/session-store';
import type { PastSession } from '@gatehouse/session-store/ledger';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { deviceOf } from './device.js';

const ID = 'f3a1c5'.padEnd(64, '0');
const INSTANT = '2026-01-15T10:30:00.000Z';

export class DeviceDto {
  @ApiProperty({ type: String, nullable: true, example: 'Chrome on macOS' }) name!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'desktop' }) type!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'macOS' }) os!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Chrome' }) browser!: string | null;
}

export class SessionAuthenticationDto {
  @ApiProperty({ type: [String], example: ['pwd'], description: 'RFC 8176 method names.' }) methods!: string[];
  @ApiProperty({ example: 'aal1' }) acr!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT }) auth_time!: string;
}

/** A session as its owner sees it. */
export class SessionDto {
  @ApiProperty({ pattern: '^[0-9a-f]{64}$', example: ID, description: 'An identifier, never a credential.' })
  id!: string;
  @ApiProperty({ example: 456 }) user_id!: number;
  @ApiProperty({ example: 'user@example.com' }) email!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT }) created_at!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT }) last_access!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT, description: 'The earlier of its two deadlines.' })
  expires_at!: string;
  @ApiProperty({ example: '192.0.2.1', description: 'Where it was opened from.' }) ip_address!: string;
  @ApiProperty({ example: 'Mozilla/5.0' }) user_agent!: string;
  @ApiProperty() is_active!: boolean;
  @ApiProperty({ description: 'Whether the token of this request belongs to it.' }) is_current!: boolean;
  @ApiProperty({ format: 'date-time', example: INSTANT, description: 'Moves with each use.' }) idle_expires_at!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT, description: 'No use moves it.' }) absolute_expires_at!: string;
  @ApiProperty({ example: 4500, description: 'Seconds since it was opened.' }) duration_seconds!: number;
  @ApiProperty({ example: 128, description: 'Requests counted so far; reported in batches.' }) request_count!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: INSTANT })
  last_request_at!: string | null;
  @ApiProperty({ type: [String], example: ['192.0.2.1'], description: 'First seen first.' }) ip_addresses!: string[];
  @ApiProperty({ type: DeviceDto }) device!: DeviceDto;
  @ApiProperty({ type: Object, nullable: true, example: null, description: 'Not determined.' }) location!: null;
  @ApiProperty({ type: SessionAuthenticationDto }) auth!: SessionAuthenticationDto;
  @ApiProperty({ example: 'web' }) client_id!: string;
  @ApiProperty({ type: String, nullable: true, example: null }) tenant_id!: string | null;
  @ApiProperty() remember_me!: boolean;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: null,
    description: 'The administrator who acts in the person’s place in this session; `null` where nobody does.',
  })
  impersonated_by!: number | null;
  @ApiPropertyOptional({ format: 'date-time', example: INSTANT, description: 'Of a session that is over.' })
  ended_at?: string;
  @ApiPropertyOptional({
    example: 'user_revoked',
    description: 'Of a session that is over: why, as in the revocation, or `idle_timeout`, `absolute_timeout`.',
  })
  end_reason?: string;
}

/** @param currentSessionId - session of the request's token, `undefined` when there is none. */
export function toSessionDto(session: Session, currentSessionId: string | undefined, nowMs: number): SessionDto {
  const expiresAtMs = Math.min(session.idleExpiresAtMs, session.absoluteExpiresAtMs);
  return {
    id: session.id,
    user_id: session.userId,
    email: session.email,
    created_at: instant(session.createdAtMs),
    last_access: instant(session.lastAccessAtMs),
    expires_at: instant(expiresAtMs),
    ip_address: session.ipAddress,
    user_agent: session.userAgent,
    is_active: expiresAtMs > nowMs,
    is_current: session.id === currentSessionId,
    idle_expires_at: instant(session.idleExpiresAtMs),
    absolute_expires_at: instant(session.absoluteExpiresAtMs),
    // Another machine's clock opened it; a few ms of difference must not show as a negative age.
    duration_seconds: Math.max(0, Math.floor((nowMs - session.createdAtMs) / 1000)),
    request_count: session.requestCount,
    last_request_at: session.lastRequestAtMs === null ? null : instant(session.lastRequestAtMs),
    ip_addresses: [...session.ipAddresses],
    device: deviceOf(session.userAgent, session.deviceName),
    location: null,
    auth: { methods: [...session.authMethods], acr: session.acr, auth_time: instant(session.authenticatedAtMs) },
    client_id: session.clientId,
    tenant_id: null,
    remember_me: session.rememberMe,
    impersonated_by: session.actorId,
  };
}

/** A session that is over, as it was at its end. */
export function toPastSessionDto({ session, endedAtMs, reason }: PastSession): SessionDto {
  const told = toSessionDto(session, undefined, endedAtMs);
  return { ...told, is_active: false, ended_at: instant(endedAtMs), end_reason: reason };
}

function instant(atMs: number): string {
  return new Date(atMs).toISOString();
}
