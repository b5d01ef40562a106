import { ApiProperty } from '@nestjs/swagger';

/** Answer of `POST /api/v1/auth/account/export`. */
export class ExportTicketDto {
  @ApiProperty({ description: 'Fetch it with `GET /api/v1/auth/account/export/{id}`.' }) export_id!: string;
  @ApiProperty({ format: 'date-time' }) expires_at!: string;
}

/** Answer of `DELETE /api/v1/auth/account`. */
export class ErasureDto {
  @ApiProperty({ format: 'date-time', description: 'Until then, signing in or the mailed link keeps the account.' })
  erase_at!: string;
  @ApiProperty({ format: 'uuid', description: 'All sessions have ended; see `GET /api/v1/revocations/{id}`.' })
  revocation_id!: string;
}

/** Answer of `POST /api/v1/auth/account/restore`. */
export class RestoredDto {
  @ApiProperty({ enum: [true] }) restored!: true;
}

/** Answer of `GET /api/v1/auth/account/export/{id}`: a section for each kind of thing. Rooms may add more. */
export class ExportDto {
  @ApiProperty({ format: 'date-time' }) exported_at!: string;
  @ApiProperty({ type: Object, description: 'The account itself.' }) profile!: unknown;
  @ApiProperty({ type: [Object], description: 'Live sessions.' }) sessions!: unknown;
  @ApiProperty({ type: Object, description: 'Audit events, newest first; `more` leads to older ones.' })
  activity!: unknown;
}
