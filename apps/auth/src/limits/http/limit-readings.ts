import type { LimitReading } from '@gatehouse/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rateLimitHeaders } from '../rate-limit-headers.js';

const readingsOf = new WeakMap<FastifyRequest, readonly LimitReading[]>();

/** Adds readings to those of this request and tells them all to the client, refused or not. */
export function tellReadings(
  request: FastifyRequest,
  reply: FastifyReply,
  readings: readonly LimitReading[],
  nowMs: number,
): void {
  const all = [...(readingsOf.get(request) ?? []), ...readings];
  readingsOf.set(request, all);
  void reply.headers(rateLimitHeaders(all, nowMs));
}
