import { ReportRefused } from '../core/receipts/receipts.port.js';
import type { RedisLink } from './redis-link.js';

/** A stream that services write to and only the auth service reads; it trims itself. */
export interface ReportStream {
  readonly key: string;
  readonly maxRecords: number;
}

/**
 * Adds a record to one of the streams a validator reports to. `XADD` is the one command it ever writes with.
 *
 * @returns false when nobody said that it arrived.
 * @throws {ReportRefused} when Redis does not want it.
 */
export async function appendReport(
  link: Pick<RedisLink, 'ask'>,
  { key, maxRecords }: ReportStream,
  fields: readonly (string | number)[],
): Promise<boolean> {
  try {
    await link.ask((redis) => redis.xadd(key, 'MAXLEN', '~', maxRecords, '*', ...fields));
    return true;
  } catch (error) {
    // Without a connection there is nothing to tell: the link does, and the feed is none the worse for it.
    if (!(error instanceof Error) || error.name !== 'ReplyError') return false;
    throw new ReportRefused(refusalIn(error.message));
  }
}

/** `NOPERM`, `OOM`, `WRONGTYPE`…: the rest of the sentence may repeat what was sent. */
function refusalIn(message: string): string {
  return /^[A-Z]+\b/.exec(message)?.[0] ?? 'Redis refused';
}
