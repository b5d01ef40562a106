import { SESSION_ID_PATTERN } from './access-token.js';
import { INSTANCE_PATTERN } from './receipt.js';

/**
 * Redis stream of what validators have counted. A record has the fields `v` (always `1`), `from` (the validator), `n` (number
 * of its batch) and `batch` (JSON of {@link ActivityBatch}). A validator adds to it and never reads it; the auth service takes
 * records out. Beside what receipts take, the ACL of a service needs `%W~rev:activity`.
 */
export const ACTIVITY_STREAM_KEY = 'rev:activity';

/**
 * Whoever adds to the stream trims it to about this many records, the oldest first: some 30 MB at the most, and minutes of a
 * large fleet while no auth service takes them out.
 */
export const ACTIVITY_STREAM_MAX_RECORDS = 2_000;

/** Version of a batch's form. */
export const ACTIVITY_VERSION = 1;

/** A validator reports what it has counted once per this many milliseconds. */
export const ACTIVITY_INTERVAL_MS = 5_000;

/** Sessions in one batch at the most. */
export const ACTIVITY_MAX_SESSIONS = 64;

/** Addresses told of one session in one batch at the most. */
export const ACTIVITY_MAX_ADDRESSES = 4;

/** Requests told of one session in one batch at the most: what one process can judge within minutes. */
export const ACTIVITY_MAX_REQUESTS = 10_000_000;

/** What lies further back than a day is told as that. */
export const ACTIVITY_MAX_AGO_MS = 86_400_000;

/** Length of a batch as JSON at the most. It fits into what the auth service reads of a request, 16 KiB. */
export const ACTIVITY_MAX_CHARACTERS = 15_000;

/** Requests of one session, as one validator counted them since its last report. */
export interface ReportedActivity {
  readonly userId: number;
  /** 64 lower-case hex: an identifier, never a credential. */
  readonly sessionId: string;
  /** At least one. */
  readonly requests: number;
  /** How long before the batch was sent the last of them came, in ms: clocks of services need not agree. */
  readonly agoMs: number;
  /** From where they came, first seen first. May be empty. */
  readonly ipAddresses: readonly string[];
}

/** What one validator has counted. It sends one batch at a time, and the same one again when nobody said that it arrived. */
export interface ActivityBatch {
  /** Names the validator for as long as it lives: a random UUID, shown to nobody. */
  readonly instance: string;
  /** Number of the batch, from 1 on. A number that was seen before is the same batch again; one left out is a lost one. */
  readonly batch: number;
  /** Each session once. */
  readonly sessions: readonly ReportedActivity[];
}

/** The batch as JSON: the field `batch` of a stream record, and the body of a request. */
export function encodeActivity(batch: ActivityBatch): string {
  return JSON.stringify(batch);
}

/** The batch, or `undefined` for anything that is not one. */
export function decodeActivity(text: string): ActivityBatch | undefined {
  if (text.length > ACTIVITY_MAX_CHARACTERS) return undefined;
  try {
    return asActivityBatch(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/**
 * The batch, or `undefined` when a field is missing, mistyped or beyond its bounds, or a session is there twice. Members it does
 * not know are left out. Addresses are texts that could be some; whether they are is for the reader to find out.
 */
export function asActivityBatch(raw: unknown): ActivityBatch | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { instance, batch, sessions } = raw as Record<string, unknown>;
  if (typeof instance !== 'string' || !INSTANCE_PATTERN.test(instance) || !isCount(batch, Number.MAX_SAFE_INTEGER))
    return undefined;
  if (!Array.isArray(sessions) || sessions.length === 0 || sessions.length > ACTIVITY_MAX_SESSIONS) return undefined;
  const sound = (sessions as readonly unknown[]).map(asReportedActivity).filter((session) => session !== undefined);
  if (sound.length < sessions.length) return undefined;
  if (new Set(sound.map(({ sessionId }) => sessionId)).size < sound.length) return undefined;
  return { instance, batch, sessions: sound };
}

/** What an IPv4 or IPv6 address is made of; without a zone, which means something to one machine only. */
export const ADDRESS_PATTERN = /^[0-9A-Fa-f.:]{2,45}$/;

function asReportedActivity(raw: unknown): ReportedActivity | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const { userId, sessionId, requests, agoMs, ipAddresses } = raw as Record<string, unknown>;
  const sound =
    isCount(userId, Number.MAX_SAFE_INTEGER) &&
    typeof sessionId === 'string' &&
    SESSION_ID_PATTERN.test(sessionId) &&
    isCount(requests, ACTIVITY_MAX_REQUESTS) &&
    (agoMs === 0 || isCount(agoMs, ACTIVITY_MAX_AGO_MS)) &&
    areAddresses(ipAddresses);
  return sound ? { userId, sessionId, requests, agoMs: agoMs as number, ipAddresses: [...ipAddresses] } : undefined;
}

function areAddresses(value: unknown): value is readonly string[] {
  if (!Array.isArray(value) || value.length > ACTIVITY_MAX_ADDRESSES) return false;
  return (value as readonly unknown[]).every((one) => typeof one === 'string' && ADDRESS_PATTERN.test(one));
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= most;
}
