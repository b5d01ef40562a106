import type { ErrorCode } from '@gatehouse/contracts';
import type { FastifyRequest } from 'fastify';

const codes = new WeakMap<FastifyRequest, ErrorCode>();

/** Remembers with what code a request was refused. */
export function noteRefusal(request: FastifyRequest, code: ErrorCode): void {
  codes.set(request, code);
}

/** The code a request was refused with, for hooks that run once it is answered; `undefined` when it was not refused. */
export function refusalOf(request: FastifyRequest): ErrorCode | undefined {
  return codes.get(request);
}
