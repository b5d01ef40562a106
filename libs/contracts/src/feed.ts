import type { RevocationEntry } from './revocation.js';

/**
 * The revocation feed: one ordered log, read by every validator.
 *
 * A record's position is `<milliseconds>-<n>`, the id Redis gives it; positions only grow within an epoch. An epoch is one
 * life of the log: it ends when Redis loses it. In a new epoch the writer first replays every entry that still matters and
 * only then beats, so **whoever has read a heartbeat of an epoch, and everything before it, holds the whole list**.
 */
export interface FeedRecord {
  /** Where it lies, `<milliseconds>-<n>`. */
  readonly position: string;
  /** Position of the record before this one, `0-0` for the first. A reader that does not hold it has a hole. */
  readonly previous: string;
  /** Random name of this life of the log. */
  readonly epoch: string;
  /** Absent on a heartbeat. */
  readonly entry?: RevocationEntry;
  /** It holds what this version cannot read: neither an entry nor a heartbeat, but it has its place in the log. */
  readonly unreadable?: true;
  /**
   * How long before it came to lie here, at most, the auth service wrote it, in ms; infinite: nobody can tell. Only in a log that
   * was carried here from another region: what such a record proves, it proves of that much earlier.
   */
  readonly lagMs?: number;
}

/** Position before the first record. */
export const FEED_START = '0-0';

/** Redis stream that is the log. One key: what must be atomic about it happens in one script on one slot. */
export const FEED_STREAM_KEY = 'rev:log';

/**
 * Redis channel on which each record is announced, for speed. Lossy by nature: a notice only ever adds or makes the
 * reader look at the stream. The payload is {@link encodeNotice}; it carries ids, never tokens.
 */
export const FEED_NOTICE_CHANNEL = 'token_invalidation';

/** Redis string that holds the newest root-signed key bundle. */
export const KEY_BUNDLE_KEY = 'rev:key-bundle';
/** Redis channel on which a new key bundle is announced; the payload is its version. */
export const KEY_BUNDLE_CHANNEL = 'key_bundle';

/**
 * Name of the server-sent event that follows the last record the log held when the connection was made; it has empty
 * data and no id. Records before it are history, records after it are news: without it a reader could take a heartbeat
 * in the middle of the history for the end of it.
 */
export const FEED_CAUGHT_UP_EVENT = 'caught-up';

/** The auth service proves once per this many milliseconds that the log is alive. */
export const HEARTBEAT_INTERVAL_MS = 1_000;

/**
 * Fields of a stream record, in the order they are written: `v`, `epoch`, `prev`, for an entry `entry`, and where it was
 * carried from another region `lag`.
 */
export const FEED_VERSION = 1;

/**
 * A record as JSON: the notice on the channel and the `data` of a server-sent event. One that cannot be read has an entry that
 * is `null`, which {@link decodeNotice} takes for no record.
 */
export function encodeNotice(record: FeedRecord): string {
  return JSON.stringify({
    v: FEED_VERSION,
    position: record.position,
    previous: record.previous,
    epoch: record.epoch,
    ...(record.lagMs === undefined ? {} : { lag: encodeLag(record.lagMs) }),
    ...(record.entry || record.unreadable ? { entry: record.entry ?? null } : {}),
  });
}

/** `lag` of a record whose age nobody knows. */
export const UNKNOWN_LAG = -1;

const encodeLag = (ms: number) => (Number.isFinite(ms) ? Math.ceil(ms) : UNKNOWN_LAG);

/** Reads `lag`: what is no number of milliseconds tells nothing about when, so the record proves nothing about it either. */
export function readLag(raw: unknown): number {
  const ms = typeof raw === 'string' && raw !== '' ? Number(raw) : raw;
  return Number.isSafeInteger(ms) && (ms as number) >= 0 ? (ms as number) : Number.POSITIVE_INFINITY;
}

/** The record, or `undefined` for anything that is not one (other versions included): the reader then looks at the log. */
export function decodeNotice(text: string): FeedRecord | undefined {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(raw) || raw['v'] !== FEED_VERSION) return undefined;
  const { position, previous, epoch } = raw;
  if (!isPosition(position) || !isPosition(previous) || typeof epoch !== 'string' || epoch === '') return undefined;
  const place = { position, previous, epoch, ...(raw['lag'] === undefined ? {} : { lagMs: readLag(raw['lag']) }) };
  if (raw['entry'] === undefined) return place;
  const entry = asRevocationEntry(raw['entry']);
  return entry && { ...place, entry };
}

/**
 * The entry, or `undefined` when a field is missing or mistyped. An unknown `scope` or `reason` passes: a newer writer may
 * know more than this reader, and a reader that cannot enforce an entry should count it rather than lose its place.
 */
export function asRevocationEntry(raw: unknown): RevocationEntry | undefined {
  if (!isObject(raw)) return undefined;
  const { id, scope, value, cutoff, untilMs, reason } = raw;
  const sound =
    typeof id === 'string' &&
    typeof scope === 'string' &&
    typeof value === 'string' &&
    Number.isSafeInteger(cutoff) &&
    Number.isSafeInteger(untilMs) &&
    typeof reason === 'string';
  return sound ? ({ id, scope, value, cutoff, untilMs, reason } as unknown as RevocationEntry) : undefined;
}

/**
 * Negative when `a` lies before `b`, 0 when they are the same, positive when after.
 *
 * @param a - a position, `<milliseconds>-<n>`
 * @param b - a position, `<milliseconds>-<n>`
 */
export function comparePositions(a: string, b: string): number {
  if (a === b) return 0;
  // Digits of equal number compare as text does, without taking a million positions apart.
  if (a.length === b.length && a.indexOf('-') === b.indexOf('-')) return a < b ? -1 : 1;
  const [aMs = 0, aSeq = 0] = a.split('-').map(Number);
  const [bMs = 0, bSeq = 0] = b.split('-').map(Number);
  return aMs - bMs || aSeq - bSeq;
}

/** Whether it is a position, `<milliseconds>-<n>`. */
export function isPosition(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,16}-\d{1,16}$/.test(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
