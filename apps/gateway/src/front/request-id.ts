import { randomUuid } from '@gatehouse/kernel';
import type { IncomingHttpHeaders } from 'node:http';

const SANE = /^[A-Za-z0-9._-]{8,128}$/;

/** A sane id that came along is kept, so that one request has one name across services. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && SANE.test(given) ? given : randomUuid();
}
