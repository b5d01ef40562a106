import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { UnusableIdempotencyKey } from './idempotency.errors.js';

const USABLE_KEY = /^[\x21-\x7e]{1,255}$/;

/** @throws {UnusableIdempotencyKey} */
export function usableKey(key: string): string {
  if (!USABLE_KEY.test(key)) throw new UnusableIdempotencyKey();
  return key;
}

/** Documents the header on a route. */
export const TakesIdempotencyKey = () =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'Of your choice, 1 to 255 visible characters: a request repeated with it is answered as the first time',
  });

/**
 * The header of the request, for a route that keeps what it has answered by itself; `undefined` when there is none.
 *
 * @throws {UnusableIdempotencyKey}
 */
export const IdempotencyKey = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined => {
  const key = context.switchToHttp().getRequest<FastifyRequest>().headers['idempotency-key'];
  return key === undefined ? undefined : usableKey(String(key));
});
