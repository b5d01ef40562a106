import { ApiProperty } from '@nestjs/swagger';
import { MaxLength, MinLength } from 'class-validator';
import { IsPrintable } from '../users/is-printable.decorator.js';
import type { Device } from './device.js';

const INSTANT = '2026-01-15T10:30:00.000Z';
const ID = '4f1c9a27b3d85e60a1c4d7e8f9021b36';

/** A device as its owner sees it. */
export class KnownDeviceDto {
  @ApiProperty({ pattern: '^[0-9a-f]{32}$', example: ID, description: 'An identifier, never a credential.' })
  id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Kitchen tablet' }) name!: string | null;
  @ApiProperty({ type: String, nullable: true, example: 'Chrome on macOS', description: 'What its user agent tells.' })
  agent!: string | null;
  @ApiProperty({
    example: '192.0.2.1',
    description: 'Where it was last seen: an IPv4 address, or the /64 of an IPv6 one.',
  })
  network!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT }) first_seen_at!: string;
  @ApiProperty({ format: 'date-time', example: INSTANT, description: 'Last sign-in, to the minute.' })
  last_seen_at!: string;
  @ApiProperty({ description: 'Whether the token of this request was issued to it.' }) is_current!: boolean;
}

/** Answer of `GET /api/v1/auth/devices`. */
export class DeviceListDto {
  @ApiProperty({ type: [KnownDeviceDto], description: 'Last seen first.' }) devices!: KnownDeviceDto[];
  @ApiProperty({ example: 1 }) count!: number;
}

/** `PATCH /api/v1/auth/devices/:deviceId`. */
export class RenameDeviceRequest {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Kitchen tablet' })
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  name!: string;
}

/** Answer of `PATCH /api/v1/auth/devices/:deviceId`. */
export class RenamedDeviceDto {
  @ApiProperty({ type: KnownDeviceDto }) device!: KnownDeviceDto;
}

/** Answer of `DELETE /api/v1/auth/devices/:deviceId`. */
export class RemovedDeviceDto {
  @ApiProperty({ enum: [true] }) removed!: true;
  @ApiProperty({ example: ID }) device_id!: string;
  @ApiProperty({ format: 'uuid', description: 'Names the revocation: its receipt is at `/api/v1/revocations/:id`.' })
  revocation_id!: string;
}

/** @param currentDeviceId - device of the request's token; `undefined` when it names none. */
export function toKnownDeviceDto(device: Device, currentDeviceId: string | undefined): KnownDeviceDto {
  return {
    id: device.id,
    name: device.name,
    agent: device.agent || null,
    network: device.network,
    first_seen_at: new Date(device.firstSeenAtMs).toISOString(),
    last_seen_at: new Date(device.lastSeenAtMs).toISOString(),
    is_current: device.id === currentDeviceId,
  };
}
