import { randomUuid } from '@gatehouse/kernel';
import type { AuditEvent } from './audit-log.port.js';
import type { ChainedRow } from './chain.js';

/** An event as it will stand in its row, before it has a place in the chain. */
export type NewRow = Omit<ChainedRow, 'seq' | 'prevHash' | 'witnessed'>;

/** Of an IPv6 address with an embedded IPv4 one. */
const MAX_ADDRESS = 45;
const MAX_ID = 128;
const MAX_SESSION_ID = 64;
const MAX_DETAIL = 256;
const MAX_DETAILS = 8_192;

/**
 * What a reader's terminal or log would act on rather than show: control characters, line and paragraph separators, marks that
 * turn the direction of text around, invisible ones.
 */
const NOT_SHOWN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

/** Text of a stranger, made fit for one line of one record: cut, and without what is not shown as itself. */
export function asOneLine(text: string, maxLength: number): string {
  // Through UTF-8, for half a surrogate pair is no character, and what the database makes of it is not what was hashed.
  return Buffer.from(text.slice(0, maxLength)).toString().replace(NOT_SHOWN, '\ufffd');
}

/** Cut rather than refused: an event must not be lost because somebody sent too much. */
export function newRowOf(event: AuditEvent, nowMs: number): NewRow {
  const orNull = (text: string | undefined, maxLength: number) =>
    text === undefined ? null : asOneLine(text, maxLength);
  return {
    eventId: randomUuid(),
    kind: event.kind,
    userId: event.userId ?? null,
    actorId: event.actorId ?? null,
    clientId: orNull(event.clientId, MAX_ID),
    sessionId: orNull(event.sessionId, MAX_SESSION_ID),
    ipAddress: orNull(event.ipAddress, MAX_ADDRESS),
    requestId: orNull(event.requestId, MAX_ID),
    details: event.details === undefined ? null : detailsText(event.details),
    occurredAtMs: nowMs,
  };
}

function detailsText(details: NonNullable<AuditEvent['details']>): string {
  const clean = Object.entries(details).map(([name, value]) => [
    asOneLine(name, MAX_DETAIL),
    typeof value === 'string' ? asOneLine(value, MAX_DETAIL) : value,
  ]);
  const text = JSON.stringify(Object.fromEntries(clean));
  return text.length > MAX_DETAILS ? '{"too_long":true}' : text;
}
