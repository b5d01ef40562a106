import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { KEY_REVOCATION_REASONS, type KeyRevocationReason } from '../signing/signing-key.js';

const STATES = ['next', 'active', 'retired', 'expired', 'withdrawn'] as const;
/** Reasons a person may give; `feed` stands for an entry that somebody else wrote. */
const GIVEN_REASONS = KEY_REVOCATION_REASONS.filter((reason) => reason !== 'feed');

const instant = { type: String, format: 'date-time', nullable: true } as const;

/** A key, without its private half. */
export class KeyDto {
  @ApiProperty({ description: 'RFC 7638 thumbprint; the `kid` of the tokens it signs.' })
  kid!: string;

  @ApiProperty({ example: 'ES256' })
  alg!: string;

  @ApiProperty({ enum: STATES })
  state!: (typeof STATES)[number];

  @ApiProperty({ description: 'Validators are told to accept what it signed.' })
  published!: boolean;

  @ApiProperty({ type: String, format: 'date-time', description: 'Since when it is published.' })
  created_at!: string;

  @ApiProperty({ ...instant, description: 'Since when it signs or signed.' })
  activated_at!: string | null;

  @ApiProperty({ ...instant, description: 'Since when it signs no more.' })
  retired_at!: string | null;

  @ApiProperty({ ...instant, description: 'Until when a retired key stays published.' })
  published_until!: string | null;

  @ApiProperty({ ...instant, description: 'Since when it is published no more.' })
  ended_at!: string | null;

  @ApiProperty({ enum: KEY_REVOCATION_REASONS, nullable: true, description: 'Why it was withdrawn.' })
  reason!: KeyRevocationReason | null;
}

export class KeyListDto {
  @ApiProperty({
    type: [KeyDto],
    description: 'Published ones, oldest first; then those that are gone, the last one first.',
  })
  keys!: KeyDto[];

  @ApiProperty({ description: 'Version of the key bundle.' })
  version!: number;

  @ApiProperty({ ...instant, description: 'When the next key takes over by itself.' })
  next_rotation_at!: string | null;
}

export class KeyRotatedDto {
  @ApiProperty({ description: 'The key that signs now.' })
  active_kid!: string;

  @ApiProperty({
    description: 'False when another instance rotated at the same moment: there is one new key all the same.',
  })
  rotated!: boolean;
}

/** `POST /api/v1/admin/keys/:kid/revoke`. */
export class RevokeKeyRequest {
  @ApiProperty({ enum: GIVEN_REASONS })
  @IsIn(GIVEN_REASONS)
  reason!: KeyRevocationReason;
}

export class KeyRevokedDto {
  @ApiProperty()
  kid!: string;

  @ApiProperty({
    format: 'uuid',
    description: 'Receipt: `GET /api/v1/revocations/:id` tells which validators have applied it.',
  })
  revocation_id!: string;

  @ApiProperty({
    enum: ['database', 'log'],
    description:
      '`log` while the database is away: it is in force, and the key list follows when the database is back.',
  })
  durable_in!: string;

  @ApiProperty({ type: String, nullable: true, description: 'The key that signs now.' })
  active_kid!: string | null;
}
