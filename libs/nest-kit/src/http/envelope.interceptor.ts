import { SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';

const UNWRAPPED = 'gatehouse:unwrapped';

/** The body goes out as it is, because a standard or a probe fixes its form. */
export const Unwrapped = () => SetMetadata(UNWRAPPED, true);

const reflector = new Reflector();

export function isUnwrapped(context: ExecutionContext): boolean {
  const targets = [context.getHandler(), context.getClass()];
  return reflector.getAllAndOverride<boolean | undefined>(UNWRAPPED, targets) === true;
}

/** Puts what a controller returns into `{ success: true, data }`. */
export class EnvelopeInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return isUnwrapped(context) ? next.handle() : next.handle().pipe(map((data: unknown) => ({ success: true, data })));
  }
}
