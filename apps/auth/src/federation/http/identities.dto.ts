import { ApiProperty } from '@nestjs/swagger';

/** Somebody the caller is elsewhere. */
export class IdentityDto {
  @ApiProperty({ pattern: '^[0-9a-f]{32}$' }) id!: string;
  @ApiProperty({ example: 'entra' }) provider!: string;
  @ApiProperty({ type: String, nullable: true, description: 'As the provider calls the person. Proves nothing.' })
  label!: string | null;
  @ApiProperty({ type: [String], description: 'Roles that come from there and go with it.' }) granted_roles!: string[];
  @ApiProperty({ format: 'date-time' }) linked_at!: string;
  @ApiProperty({ format: 'date-time' }) last_used_at!: string;
}

export class IdentityListDto {
  @ApiProperty({ type: [IdentityDto] }) identities!: IdentityDto[];
}

export class UnlinkedDto {
  @ApiProperty({ enum: [true] }) unlinked!: true;
  @ApiProperty({ description: 'Sessions that came of it; the one that asks stays.' }) sessions_ended!: number;
  @ApiProperty({ format: 'uuid', description: 'See `GET /api/v1/revocations/{id}`.' }) revocation_id!: string;
}
