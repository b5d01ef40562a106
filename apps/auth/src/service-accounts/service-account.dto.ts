import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ClientSecret, ServiceAccount } from './service-account.js';

export class ClientSecretDto {
  @ApiProperty({ example: '5f1c9a0b7e3d2846' }) id!: string;
  @ApiProperty({ format: 'date-time' }) created_at!: string;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) expires_at!: string | null;
}

export class ServiceAccountDto {
  @ApiProperty({ example: 'svc_8c1f0e6b2a9d4c3f5e7a1b0d' }) client_id!: string;
  @ApiProperty({ example: 'Reports' }) name!: string;
  @ApiProperty({ type: [String] }) roles!: string[];
  @ApiProperty({ type: [String] }) scopes!: string[];
  @ApiProperty({ type: [String] }) audiences!: string[];
  @ApiProperty({ type: [ClientSecretDto], description: 'At most two.' }) secrets!: ClientSecretDto[];
  @ApiProperty({
    type: 'object',
    properties: { keys: { type: 'array', items: { type: 'object', additionalProperties: true } } },
    required: ['keys'],
  })
  jwks!: { keys: Record<string, unknown>[] };
  @ApiProperty() disabled!: boolean;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) disabled_at!: string | null;
  @ApiProperty({ format: 'date-time' }) created_at!: string;
}

/** Answer of `GET /api/v1/admin/service-accounts`. */
export class ServiceAccountListDto {
  @ApiProperty({ type: [ServiceAccountDto], description: 'In the order of their ids.' })
  service_accounts!: ServiceAccountDto[];
  @ApiProperty({ type: String, nullable: true, description: '`null` on the last page.' }) next_cursor!: string | null;
}

/** Answer of routes about one account. */
export class ServiceAccountAnswerDto {
  @ApiProperty({ type: ServiceAccountDto }) service_account!: ServiceAccountDto;
  @ApiPropertyOptional({ description: 'Shown once. Only right after it was made.' }) client_secret?: string;
  @ApiPropertyOptional({ format: 'uuid', description: 'Of the tokens that were ended, for `/api/v1/revocations/:id`.' })
  revocation_id?: string;
}

/** Answer of `DELETE /api/v1/admin/service-accounts/:clientId`. */
export class ServiceAccountRemovedDto {
  @ApiProperty({ enum: [true] }) removed!: true;
  @ApiProperty() client_id!: string;
  @ApiProperty({ format: 'uuid' }) revocation_id!: string;
}

const instant = (ms: number) => new Date(ms).toISOString();

export function toServiceAccountDto(account: ServiceAccount): ServiceAccountDto {
  const { disabledAtMs } = account;
  return {
    client_id: account.clientId,
    name: account.name,
    roles: [...account.roles],
    scopes: [...account.scopes],
    audiences: [...account.audiences],
    secrets: account.secrets.map(toSecretDto),
    jwks: { keys: account.keys.map((key) => ({ ...key })) },
    disabled: disabledAtMs !== null,
    disabled_at: disabledAtMs === null ? null : instant(disabledAtMs),
    created_at: instant(account.createdAtMs),
  };
}

function toSecretDto({ id, createdAtMs, expiresAtMs }: ClientSecret): ClientSecretDto {
  return { id, created_at: instant(createdAtMs), expires_at: expiresAtMs === null ? null : instant(expiresAtMs) };
}
