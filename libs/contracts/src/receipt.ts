import { comparePositions, isPosition } from './feed.js';

/**
 * Redis stream of validators' reports. A record has the fields `v` (always `1`) and `report` (JSON of
 * {@link ValidatorReport}). Beside what reading takes, the ACL of a service needs `%W~rev:receipts +xadd`.
 */
export const RECEIPT_STREAM_KEY = 'rev:receipts';

/** Whoever adds to the stream trims it to about this many records: some 5 MB, and minutes of reports of a large fleet. */
export const RECEIPT_STREAM_MAX_RECORDS = 20_000;

/** Version of a report's form. */
export const RECEIPT_VERSION = 1;

/** A validator reports once per this many milliseconds. */
export const RECEIPT_INTERVAL_MS = 1_000;

/**
 * A validator that has not reported for this long is taken to be gone, and nobody waits for it any more. One that ends in
 * good order says so and is not waited for at all; this is for those that die or are cut off.
 */
export const RECEIPT_LIFE_MS = 60_000;

/** Marks in one report at the most; the rest is thinned out, which makes times later, never earlier. */
export const RECEIPT_MAX_MARKS = 128;

/** How a validator gets its feed. */
export const FEED_MODES = ['redis', 'sse', 'in-process', 'custom'] as const;
export type FeedMode = (typeof FEED_MODES)[number];

/**
 * Everything up to the position was in force by then: a position of the feed, and milliseconds since the epoch on the
 * validator's clock.
 */
export type ReceiptMark = readonly [position: string, atMs: number];

/**
 * What a validator says of itself once a second. It says it only when its list is complete: before, it accepts no token, so
 * nobody has to wait for it.
 */
export interface ValidatorReport {
  /**
   * Names this validator for as long as it lives: a random UUID. Whoever knows it can report in its place, so it is shown to
   * nobody.
   */
  readonly instance: string;
  /** What people call the process: the host or pod, unless told otherwise. */
  readonly name: string;
  /** What people call the service; the empty string when nobody said. */
  readonly service: string;
  /** Version of session-validator. */
  readonly version: string;
  readonly mode: FeedMode;
  /** Life of the feed all positions belong to. */
  readonly epoch: string;
  /** Position its last report ended with; the start of the feed in its first one of an epoch. A gap shows as a lost report. */
  readonly from: string;
  /** When entries after `from` came into force, in order. Fewer than the entries when there were many. */
  readonly marks: readonly ReceiptMark[];
  /** Everything up to here is in force. */
  readonly position: string;
  /** By when it was, at the latest. */
  readonly atMs: number;
  /** Entries it met and could not enforce, since a newer writer made them. */
  readonly notUnderstood: number;
  /** Its last word: it ends in good order. */
  readonly leaving: boolean;
}

/** The report as JSON: the field `report` of a stream record. */
export function encodeReport(report: ValidatorReport): string {
  return JSON.stringify(report);
}

/** The report, or `undefined` for anything that is not one. */
export function decodeReport(text: string): ValidatorReport | undefined {
  if (text.length > MAX_REPORT_CHARACTERS) return undefined;
  try {
    return asValidatorReport(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The report, or `undefined` when a field is missing, mistyped, too long or contradicts another. Members it does not know
 * are left out. Every text in it is bounded and printable.
 */
export function asValidatorReport(raw: unknown): ValidatorReport | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { instance, name, service, version, mode, epoch, from, marks, position, atMs, notUnderstood, leaving } =
    raw as Record<string, unknown>;
  const sound =
    isText(instance, INSTANCE_PATTERN) &&
    isText(name, VALIDATOR_NAME_PATTERN) &&
    (service === '' || isText(service, VALIDATOR_NAME_PATTERN)) &&
    isText(version, VERSION_PATTERN) &&
    (FEED_MODES as readonly unknown[]).includes(mode) &&
    isText(epoch, EPOCH_PATTERN) &&
    isPosition(from) &&
    isPosition(position) &&
    comparePositions(from, position) <= 0 &&
    isInstant(atMs) &&
    isInstant(notUnderstood) &&
    typeof leaving === 'boolean' &&
    areMarks(marks, from, position);
  if (!sound) return undefined;
  const pairs = marks.map(([at, ms]) => [at, ms] as const);
  return {
    instance,
    name,
    service: service as string,
    version,
    mode: mode as FeedMode,
    epoch,
    from,
    marks: pairs,
    position,
    atMs,
    notUnderstood,
    leaving,
  };
}

/** A random UUID (RFC 9562 §5.4), in lower case. */
export const INSTANCE_PATTERN = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** What services and instances may be called: something that can stand in a log line, a label or a table as it is. */
export const VALIDATOR_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,63}$/;
const VERSION_PATTERN = /^[A-Za-z0-9][A-Za-z0-9.+-]{0,31}$/;
const EPOCH_PATTERN = /^[\x21-\x7e]{1,64}$/;
const MAX_REPORT_CHARACTERS = 8_192;

/** Whether they are marks of what lies after `from` and not past `position`, in order. */
export function areMarks(value: unknown, from: string, position: string): value is readonly ReceiptMark[] {
  if (!Array.isArray(value) || value.length > RECEIPT_MAX_MARKS) return false;
  let [last, lastMs] = [from, 0];
  for (const mark of value as readonly unknown[]) {
    if (!Array.isArray(mark) || mark.length !== 2) return false;
    const [at, ms] = mark as readonly unknown[];
    if (!isPosition(at) || !isInstant(ms) || ms < lastMs) return false;
    if (comparePositions(at, last) <= 0 || comparePositions(at, position) > 0) return false;
    [last, lastMs] = [at, ms];
  }
  return true;
}

function isText(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isInstant(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
