import type { Session } from '@gatehouse/session-store';
import { ApiProperty } from '@nestjs/swagger';
import { DeviceDto } from '../sessions/session.dto.js';
import { deviceOf } from '../sessions/device.js';

/** What it takes to tell one's sessions apart. No more: whoever reads it is not signed in yet. */
export class SessionChoiceDto {
  @ApiProperty({ pattern: '^[0-9a-f]{64}$', description: 'Send it as `session_choice` to end this one.' }) id!: string;
  @ApiProperty({ format: 'date-time' }) created_at!: string;
  @ApiProperty({ format: 'date-time' }) last_access!: string;
  @ApiProperty({ example: '192.0.2.1', description: 'Where it was opened from.' }) ip_address!: string;
  @ApiProperty({ type: DeviceDto }) device!: DeviceDto;
}

export function toSessionChoice(session: Session): SessionChoiceDto {
  return {
    id: session.id,
    created_at: new Date(session.createdAtMs).toISOString(),
    last_access: new Date(session.lastAccessAtMs).toISOString(),
    ip_address: session.ipAddress,
    device: deviceOf(session.userAgent, session.deviceName),
  };
}
