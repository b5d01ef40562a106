import type { FastifyReply, FastifyRequest } from 'fastify';
import { type LimitReading, rateLimitHeaders } from '../rate-limit-headers.js';

const readingsOf = new WeakMap<FastifyRequest, LimitReading[]>();

/** Adds a reading to those of this request and tells them all to the client, refused or not. */
export function tellReading(request: FastifyRequest, reply: FastifyReply, reading: LimitReading, nowMs: number): void {
  const readings = [...(readingsOf.get(request) ?? []), reading];
  readingsOf.set(request, readings);
  void reply.headers(rateLimitHeaders(readings, nowMs));
}
