import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, MaxLength, ValidateBy } from 'class-validator';
import { AUDIT_EVENT_KINDS, type AuditEventKind } from '../audit-event-kinds.js';
import { type AuditEntry, type AuditQuery, MAX_AUDIT_PAGE } from '../audit-trail.port.js';
import { IsInstant } from './is-instant.decorator.js';

const DEFAULT_PAGE = 50;
/** Each is a question of its own to the database. */
const MAX_KINDS = 10;
const ID = /^[1-9]\d{0,14}$/;

const kindsIn = (text: string) => text.split(',') as AuditEventKind[];
const areKinds = (value: unknown) => {
  if (typeof value !== 'string') return false;
  const kinds = kindsIn(value);
  return kinds.length <= MAX_KINDS && kinds.every((kind) => AUDIT_EVENT_KINDS.includes(kind));
};

/** Query of `GET /api/v1/admin/audit`. */
export class AuditListQuery {
  @ApiPropertyOptional({ type: 'integer', description: 'Whom it is about.' })
  @MayBeAbsent()
  @Matches(ID, { message: 'user_id must be the id of a user' })
  user_id?: string;

  @ApiPropertyOptional({ type: 'integer', description: 'Who did it to somebody else.' })
  @MayBeAbsent()
  @Matches(ID, { message: 'actor_id must be the id of a user' })
  actor_id?: string;

  @ApiPropertyOptional({ maxLength: 128, description: 'Which client or service account did it.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(128)
  client_id?: string;

  @ApiPropertyOptional({ example: 'signin.failed,roles.changed', description: `Kinds, ${MAX_KINDS} at the most.` })
  @MayBeAbsent()
  @ValidateBy({
    name: 'areKinds',
    validator: { validate: areKinds, defaultMessage: () => `kind must be up to ${MAX_KINDS} kinds of events` },
  })
  kind?: string;

  @ApiPropertyOptional({ example: '2026-01-31', description: 'From here on.' })
  @MayBeAbsent()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ example: '2026-01-31T12:00:00Z', description: 'Before this.' })
  @MayBeAbsent()
  @IsInstant()
  until?: string;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.', maxLength: 256 })
  @MayBeAbsent()
  @IsString()
  @MaxLength(256)
  cursor?: string;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_AUDIT_PAGE, default: DEFAULT_PAGE })
  @MayBeAbsent()
  @Matches(/^(?:[1-9]\d?|1\d\d|200)$/, { message: `limit must be a whole number from 1 to ${MAX_AUDIT_PAGE}` })
  limit?: string;
}

export function toAuditQuery(query: AuditListQuery): AuditQuery {
  const { user_id, actor_id, client_id, kind, from, until, cursor, limit } = query;
  return {
    ...(user_id === undefined ? {} : { userId: Number(user_id) }),
    ...(actor_id === undefined ? {} : { actorId: Number(actor_id) }),
    ...(client_id === undefined ? {} : { clientId: client_id }),
    ...(kind === undefined ? {} : { kinds: kindsIn(kind) }),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
    ...(cursor === undefined ? {} : { cursor }),
    limit: limit === undefined ? DEFAULT_PAGE : Number(limit),
  };
}

export class AuditEntryDto {
  @ApiProperty({ type: String, format: 'uuid', nullable: true }) event_id!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Place in the chain; `null` until it has one.' })
  seq!: number | null;
  @ApiProperty({ example: 'roles.changed' }) kind!: string;
  @ApiProperty({ format: 'date-time' }) occurred_at!: string;
  @ApiProperty({ type: Number, nullable: true, description: 'Whom it is about.' }) user_id!: number | null;
  @ApiProperty({ type: Number, nullable: true, description: 'Who did it to them.' }) actor_id!: number | null;
  @ApiProperty({ type: String, nullable: true }) client_id!: string | null;
  @ApiProperty({ type: String, nullable: true }) session_id!: string | null;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.1' }) ip_address!: string | null;
  @ApiProperty({ type: String, nullable: true }) request_id!: string | null;
  @ApiProperty({ type: Object, description: 'Codes, not prose.', example: { reason: 'wrong_password' } })
  details!: Readonly<Record<string, unknown>>;
}

/** Answer of `GET /api/v1/admin/audit`. */
export class AuditListDto {
  @ApiProperty({ type: [AuditEntryDto], description: 'Newest first.' }) events!: AuditEntryDto[];
  @ApiProperty({ type: String, nullable: true, description: '`null` on the last page.' }) next_cursor!: string | null;
}

export function toAuditEntryDto(entry: AuditEntry): AuditEntryDto {
  return {
    event_id: entry.eventId,
    seq: entry.seq,
    kind: entry.kind,
    occurred_at: new Date(entry.occurredAtMs).toISOString(),
    user_id: entry.userId,
    actor_id: entry.actorId,
    client_id: entry.clientId,
    session_id: entry.sessionId,
    ip_address: entry.ipAddress,
    request_id: entry.requestId,
    details: entry.details,
  };
}
