import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { IsInstant } from '../audit/http/is-instant.decorator.js';
import type { Report, ReportRequest } from './show-report.js';

const COUNTS = { type: 'object', additionalProperties: { type: 'integer' } } as const;

/** Query of `GET /api/v1/admin/analytics/…`. */
export class ReportQuery {
  @ApiPropertyOptional({
    enum: ['hour', 'day'],
    default: 'hour',
    description: 'In UTC. At most 31 days by hour, 400 by day.',
  })
  @MayBeAbsent()
  @IsIn(['hour', 'day'])
  step?: 'hour' | 'day';

  @ApiPropertyOptional({ example: '2026-01-31', description: 'A day or 30 days before `until` when absent.' })
  @MayBeAbsent()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ example: '2026-02-01', description: 'Now when absent.' })
  @MayBeAbsent()
  @IsInstant()
  until?: string;
}

export class ReportSpanDto {
  @ApiProperty({ format: 'date-time' }) start!: string;
  @ApiProperty({ ...COUNTS, example: { succeeded: 12, failed: 1 } }) counts!: Readonly<Record<string, number>>;
}

/** Answer of `GET /api/v1/admin/analytics/…`. */
export class ReportDto {
  @ApiProperty({ format: 'date-time' }) from!: string;
  @ApiProperty({ format: 'date-time' }) until!: string;
  @ApiProperty({ enum: ['hour', 'day'] }) step!: 'hour' | 'day';
  @ApiProperty({ type: [ReportSpanDto], description: 'Every hour or day, oldest first.' }) spans!: ReportSpanDto[];
  @ApiProperty({ ...COUNTS, example: { succeeded: 12, failed: 1 } }) totals!: Readonly<Record<string, number>>;
  @ApiProperty({
    type: 'object',
    additionalProperties: COUNTS,
    description: 'How often which code, for lines that have any.',
    example: { failed: { wrong_password: 1 } },
  })
  reasons!: Readonly<Record<string, Readonly<Record<string, number>>>>;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer', nullable: true },
    description: 'What is so at this moment; `null` for what cannot be told.',
    example: { live: 7 },
  })
  now!: Readonly<Record<string, number | null>>;
}

export function toReportRequest({ step, from, until }: ReportQuery): Omit<ReportRequest, 'report'> {
  return {
    step: step ?? 'hour',
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
  };
}

export function toReportDto(report: Report, step: 'hour' | 'day'): ReportDto {
  return {
    from: new Date(report.fromMs).toISOString(),
    until: new Date(report.untilMs).toISOString(),
    step,
    spans: report.spans.map(({ startMs, counts }) => ({ start: new Date(startMs).toISOString(), counts })),
    totals: report.totals,
    reasons: report.reasons,
    now: Object.fromEntries(Object.entries(report.now).map(([name, value]) => [name, value ?? null])),
  };
}
