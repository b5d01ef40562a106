import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, Matches } from 'class-validator';
import {
  effectivePermissions,
  MAX_PERMISSIONS,
  PERMISSION_PATTERN,
  type Role,
  ROLE_NAME_PATTERN,
} from './permissions.js';

/** `PUT /api/v1/admin/roles/:name`. */
export class RolePermissionsRequest {
  @ApiProperty({
    type: [String],
    example: ['admin:users:read', 'orders:refund'],
    maxItems: MAX_PERMISSIONS,
    description: 'All that the role allows from now on; each becomes a part of `scope` in the token (RFC 6749 §3.3).',
  })
  @IsArray()
  @ArrayMaxSize(MAX_PERMISSIONS)
  @Matches(PERMISSION_PATTERN, { each: true, message: 'each permission is lower-case words parted by colons' })
  permissions!: string[];
}

/** `POST /api/v1/admin/roles`. */
export class NewRoleRequest extends RolePermissionsRequest {
  @ApiProperty({ example: 'refunds', pattern: ROLE_NAME_PATTERN.source })
  @Matches(ROLE_NAME_PATTERN, { message: 'name is up to 32 lower-case letters, digits, - and _' })
  name!: string;
}

export class RoleDto {
  @ApiProperty({ example: 'support' }) name!: string;
  @ApiProperty({ type: [String], example: ['admin:users:read'] }) permissions!: string[];
  @ApiProperty({ description: 'Came with the service; it cannot be removed.' }) built_in!: boolean;
  @ApiProperty({ format: 'date-time' }) updated_at!: string;
}

/** Answer of `GET /api/v1/admin/roles`. */
export class RoleListDto {
  @ApiProperty({ type: [RoleDto] }) roles!: RoleDto[];
}

/** Answer of `POST` and `PUT`. */
export class ChangedRoleDto {
  @ApiProperty({ type: RoleDto }) role!: RoleDto;
  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'Names the revocation of the old tokens; `null` when nobody had any.',
  })
  revocation_id!: string | null;
}

/** Answer of `DELETE`. */
export class RemovedRoleDto {
  @ApiProperty({ enum: [true] }) removed!: true;
}

export function toRoleDto(role: Role): RoleDto {
  return {
    name: role.name,
    permissions: effectivePermissions(role),
    built_in: role.isBuiltIn,
    updated_at: new Date(role.updatedAtMs).toISOString(),
  };
}
