import { SetMetadata, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';

const UNWRAPPED = 'gatehouse:unwrapped';

/** The body goes out as it is, because a standard or a probe fixes its form. */
export const Unwrapped = () => SetMetadata(UNWRAPPED, true);

/** Puts what a controller returns into `{ success: true, data }`. */
export class EnvelopeInterceptor implements NestInterceptor {
  private readonly reflector = new Reflector();

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const unwrapped = this.reflector.getAllAndOverride<boolean | undefined>(UNWRAPPED, [
      context.getHandler(),
      context.getClass(),
    ]);
    return unwrapped ? next.handle() : next.handle().pipe(map((data: unknown) => ({ success: true, data })));
  }
}
