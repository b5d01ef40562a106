import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';
import { AUDIT_FAULTS, type AuditVerdict } from '../verify/audit-verdict.js';
import { CHECKPOINT_FORM, checkpointIn } from '../verify/checkpoint.js';
import type { VerifyAuditRequest } from '../verify/verify-audit-log.js';

/** Query of `GET /api/v1/admin/audit/verify`. */
export class VerifyAuditQuery {
  @ApiPropertyOptional({ type: 'integer', description: '`next_seq` of the answer before.' })
  @MayBeAbsent()
  @Matches(/^[1-9]\d{0,14}$/, { message: 'from_seq must be a place in the chain' })
  from_seq?: string;

  @ApiPropertyOptional({
    example: `1234:${'0'.repeat(64)}`,
    description: 'A head as it was once told here or in the log of the service: number and hash.',
  })
  @MayBeAbsent()
  @Matches(CHECKPOINT_FORM, { message: 'checkpoint must be a number and a hash, as 1234:0abc…' })
  checkpoint?: string;
}

export function toVerifyRequest({ from_seq, checkpoint }: VerifyAuditQuery): VerifyAuditRequest {
  const noted = checkpoint === undefined ? undefined : checkpointIn(checkpoint);
  return {
    ...(from_seq === undefined ? {} : { fromSeq: Number(from_seq) }),
    ...(noted ? { checkpoint: noted } : {}),
  };
}

export class AuditFaultDto {
  @ApiProperty({ description: 'Place of the first event that is not as it should be.' }) seq!: number;
  @ApiProperty({ enum: Object.keys(AUDIT_FAULTS) }) what!: string;
  @ApiProperty({ example: AUDIT_FAULTS.changed }) explanation!: string;
}

export class AuditHeadDto {
  @ApiProperty({ example: 1234 }) seq!: number;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$' }) hash!: string;
}

export class NotedFlawDto {
  @ApiProperty({ example: 1200 }) seq!: number;
  @ApiProperty({ format: 'date-time' }) found_at!: string;
}

/** Answer of `GET /api/v1/admin/audit/verify`. */
export class AuditVerdictDto {
  @ApiProperty({ description: 'Nothing is wrong with what was read.' }) intact!: boolean;
  @ApiProperty({ description: 'Everything was read; else go on at `next_seq`.' }) complete!: boolean;
  @ApiProperty({ description: 'Events read and found right.' }) checked!: number;
  @ApiProperty({ type: Number, nullable: true }) next_seq!: number | null;
  @ApiProperty({ type: AuditFaultDto, nullable: true }) fault!: AuditFaultDto | null;
  @ApiProperty({ type: AuditHeadDto, description: 'Worth noting down where nobody with the database can reach it.' })
  head!: AuditHeadDto;
  @ApiProperty({ description: 'Events up to here were removed by age.' }) pruned_seq!: number;
  @ApiProperty({ type: [NotedFlawDto], description: 'Damage the service itself found before it added an event.' })
  flaws!: NotedFlawDto[];
  @ApiProperty({ description: 'Events linked some time after somebody else had put them into the table.' })
  adopted!: number;
  @ApiProperty({ description: 'Events that are not linked yet.' }) unlinked!: number;
}

export function toVerdictDto(verdict: AuditVerdict): AuditVerdictDto {
  const { intact, complete, checked, nextSeq, fault, head, flaws, adopted, unlinked } = verdict;
  return {
    intact,
    complete,
    checked,
    next_seq: nextSeq ?? null,
    fault: fault ? { ...fault, explanation: AUDIT_FAULTS[fault.what] } : null,
    head: { seq: head.seq, hash: head.hash },
    pruned_seq: head.prunedSeq,
    flaws: flaws.map(({ seq, occurredAtMs }) => ({ seq, found_at: new Date(occurredAtMs).toISOString() })),
    adopted,
    unlinked,
  };
}
