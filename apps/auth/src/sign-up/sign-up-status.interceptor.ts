import { type CallHandler, type ExecutionContext, Inject, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Observable } from 'rxjs';
import { AccountSettings } from '../accounts/account-settings.js';

/** 202 in place of 201 where sign-up tells nobody who has an account: nothing has visibly been made. */
@Injectable()
export class SignUpStatusInterceptor implements NestInterceptor {
  constructor(@Inject(AccountSettings) private readonly settings: AccountSettings) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.settings.enumerationSafe) void context.switchToHttp().getResponse<FastifyReply>().status(202);
    return next.handle();
  }
}
