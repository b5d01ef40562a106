import { AppError } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import { HOUR_MS } from '../audit/figures.js';
import type { AuditFigures, CountedSpan } from './audit-figures.port.js';
import { type Lines, type ReportName, REPORTS } from './reports.js';

export interface ReportRequest {
  readonly report: ReportName;
  /** @default 24 hours, or 30 days, before `untilMs` */
  readonly fromMs?: number;
  /** @default now */
  readonly untilMs?: number;
  readonly step: 'hour' | 'day';
}

export interface ReportSpan {
  readonly startMs: number;
  readonly counts: Readonly<Record<string, number>>;
}

export interface Report {
  readonly fromMs: number;
  readonly untilMs: number;
  /** One for each hour or day, those without events included. */
  readonly spans: readonly ReportSpan[];
  readonly totals: Readonly<Record<string, number>>;
  /** Of each line that has any: how often which code. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** What is so at this moment, beside what was; `undefined` where it cannot be told. */
  readonly now: Readonly<Record<string, number | undefined>>;
}

/** What a report can say of this moment. */
export type Momentary = Readonly<Partial<Record<ReportName, Readonly<Record<string, () => Promise<number>>>>>>;

const STEP_HOURS = { hour: 1, day: 24 } as const;
/** So that an answer stays one that a dashboard can draw. */
const MAX_SPANS = { hour: 31 * 24, day: 400 } as const;
const DEFAULT_SPANS = { hour: 24, day: 30 } as const;

/** The time asked for is none, or too long. */
export class ImpossibleSpan extends AppError {
  readonly code = 'VALIDATION_ERROR';
  constructor(override readonly details: Readonly<Record<string, unknown>>) {
    super('the span of the report is empty or too long');
  }
}

/** Puts together what the dashboard draws. */
export class ShowReport {
  constructor(
    private readonly figures: AuditFigures,
    private readonly momentary: Momentary,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {ImpossibleSpan}
   * @throws {DatabaseUnavailable}
   */
  async run({ report, fromMs, untilMs, step }: ReportRequest): Promise<Report> {
    const stepMs = STEP_HOURS[step] * HOUR_MS;
    // The span that is under way counts: a dashboard looks at the last one first.
    const end = Math.ceil((untilMs ?? this.clock.nowMs() + 1) / stepMs) * stepMs;
    const start = Math.floor((fromMs ?? end - DEFAULT_SPANS[step] * stepMs) / stepMs) * stepMs;
    const count = (end - start) / stepMs;
    if (count < 1 || count > MAX_SPANS[step]) throw new ImpossibleSpan({ step, max_spans: MAX_SPANS[step] });

    const lines: Lines = REPORTS[report];
    const kinds = [...new Set(Object.values(lines).flat())];
    const [counted, now] = await Promise.all([
      this.figures.count({ kinds, fromMs: start, untilMs: end, stepHours: STEP_HOURS[step] }),
      this.atThisMoment(report),
    ]);
    const spans = Array.from({ length: count }, (_, n) => start + n * stepMs);
    const at = new Map<number, CountedSpan[]>(spans.map((startMs) => [startMs, []]));
    for (const span of counted) at.get(span.startMs)?.push(span);
    return {
      fromMs: start,
      untilMs: end,
      spans: spans.map((startMs) => ({ startMs, counts: sums(lines, at.get(startMs) ?? []) })),
      totals: sums(lines, counted),
      reasons: reasonsOf(lines, counted),
      now,
    };
  }

  /** A figure that cannot be had is left out: the others are still worth showing. */
  private async atThisMoment(report: ReportName): Promise<Record<string, number | undefined>> {
    const asked = Object.entries(this.momentary[report] ?? {});
    const told = await Promise.all(
      asked.map(async ([name, ask]) => [name, await ask().catch(() => undefined)] as const),
    );
    return Object.fromEntries(told);
  }
}

function sums(lines: Lines, counted: readonly CountedSpan[]): Record<string, number> {
  return Object.fromEntries(Object.keys(lines).map((line) => [line, sum(ofLine(lines, line, counted))]));
}

function reasonsOf(lines: Lines, counted: readonly CountedSpan[]): Record<string, Record<string, number>> {
  const reasons: Record<string, Record<string, number>> = {};
  for (const line of Object.keys(lines)) {
    for (const span of ofLine(lines, line, counted)) {
      if (span.reason === '') continue;
      const told = (reasons[line] ??= {});
      told[span.reason] = (told[span.reason] ?? 0) + span.total;
    }
  }
  return reasons;
}

const ofLine = (lines: Lines, line: string, counted: readonly CountedSpan[]) =>
  counted.filter(({ kind }) => lines[line]?.some((one) => one === kind));

const sum = (spans: readonly CountedSpan[]) => spans.reduce((total, span) => total + span.total, 0);
