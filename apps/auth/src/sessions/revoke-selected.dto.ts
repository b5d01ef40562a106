import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, Matches } from 'class-validator';
import { IsInstant } from './is-instant.decorator.js';
import { IsNetwork, Network } from './network.js';
import type { SessionSelection } from './revoke-selected.js';

/** As many as fit into a body. */
const MAX_IDS = 200;
const NAME = /^[\x21-\x7e]{1,128}$/;

/** `POST /api/v1/sessions/revoke`. At least one description is needed; a session must fit all that are given. */
export class RevokeSelectedRequest {
  @ApiPropertyOptional({
    type: [String],
    example: ['f3a1c5'.padEnd(64, '0')],
    minItems: 1,
    maxItems: MAX_IDS,
    description: 'Those that are not yours, or no more, are passed over.',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_IDS)
  @Matches(SESSION_ID_PATTERN, { each: true })
  ids?: string[];

  @ApiPropertyOptional({
    pattern: NAME.source,
    example: '4f1c9a27b3d85e60a1c4d7e8f9021b36',
    description: 'Opened on this device.',
  })
  @MayBeAbsent()
  @Matches(NAME)
  device_id?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Opened before.' })
  @MayBeAbsent()
  @IsInstant()
  before?: string;

  @ApiPropertyOptional({
    maxLength: 64,
    example: '203.0.113.0/24',
    description: 'Used from this network, or from this one address.',
  })
  @MayBeAbsent()
  @IsNetwork()
  ip_cidr?: string;

  @ApiPropertyOptional({ pattern: NAME.source, example: 'web', description: 'Opened with this client.' })
  @MayBeAbsent()
  @Matches(NAME)
  client_id?: string;

  @ApiPropertyOptional({ default: false, description: '`true` lets the current session end, too, where it fits.' })
  @MayBeAbsent()
  @IsBoolean()
  include_current?: boolean;
}

/** Answer of `POST /api/v1/sessions/revoke`. */
export class RevokedSelectionDto {
  @ApiProperty({ example: 2 }) terminated_count!: number;
  @ApiProperty({ type: [String], description: 'The sessions that have ended.' }) session_ids!: string[];
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: '`null` when there was none to end.' })
  revocation_id!: string | null;
}

/** @returns `undefined` when nothing is described: ending all sessions is another route. */
export function selectionOf(body: RevokeSelectedRequest): SessionSelection | undefined {
  const { ids, device_id: deviceId, client_id: clientId, before, ip_cidr: network } = body;
  if ([ids, deviceId, clientId, before, network].every((one) => one === undefined)) return undefined;
  return {
    ids,
    deviceId,
    clientId,
    openedBeforeMs: before === undefined ? undefined : Date.parse(before),
    network: network === undefined ? undefined : Network.parse(network),
  };
}
