import { Clock } from '@gatehouse/kernel';
import { addressNetwork } from '@gatehouse/nest-kit';
import type { SlidingWindow } from '@gatehouse/rate-limit';
import {
  applyDecorators,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  getOptionsToken,
  getStorageToken,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply } from 'fastify';
import { presentedDeviceToken } from '../devices/device-credential.js';
import { accountIn, type AttemptRequest, noteCharge } from './http/attempt-request.js';
import { tellReadings } from './http/limit-readings.js';
import { GuessOutcomeInterceptor } from './guess-outcome.interceptor.js';
import { LimitWatch } from './limit-watch.js';
import { PasswordAttempts } from './password-attempts.js';

const IS_GUESS = 'limits:guess';

export interface AttemptOptions {
  /** Whether `INVALID_CREDENTIALS` from this route is a wrong guess, which puts off the next one. @default false */
  readonly guesses?: boolean;
}

/**
 * Counts attempts at passwords before one is looked at. The windows come from the options of the module, so `@Throttle` and
 * `@SkipThrottle` work on a route as they do elsewhere; they are gathered and charged in one step, together with what the
 * account has to say.
 */
@Injectable()
export class SignInLimitGuard extends ThrottlerGuard {
  private readonly gathered = new WeakMap<object, SlidingWindow[]>();

  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    @Inject(PasswordAttempts) private readonly attempts: PasswordAttempts,
    @Inject(LimitWatch) private readonly watch: LimitWatch,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    super(options, storage, reflector);
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    const http = context.switchToHttp();
    const request = http.getRequest<AttemptRequest>();
    const windows: SlidingWindow[] = [];
    this.gathered.set(request, windows);
    await super.canActivate(context);
    // None where limits are switched off.
    if (windows.length === 0) return true;

    const account = accountIn(request);
    const { verdict, charge } = await this.attempts.admit({
      windows,
      account,
      network: addressNetwork(request.ip),
      deviceToken: presentedDeviceToken(request),
      isGuess: this.reflector.get<boolean | undefined>(IS_GUESS, context.getHandler()) ?? false,
    });
    tellReadings(request, http.getResponse<FastifyReply>(), verdict.readings, this.clock.nowMs());
    if (!verdict.admitted) {
      const who = account && 'userId' in account ? account : {};
      const caller = JSON.stringify([addressNetwork(request.ip), account]);
      throw this.watch.refuse('signin.throttled', verdict, {
        caller,
        ...who,
        ipAddress: request.ip,
        requestId: request.id,
      });
    }
    if (charge) noteCharge(request, charge);
    return true;
  }

  protected override async handleRequest(attempt: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, getTracker } = attempt;
    const request = context.switchToHttp().getRequest<AttemptRequest>();
    const key = await getTracker(request as unknown as Record<string, unknown>, context);
    const window: SlidingWindow = {
      kind: 'sliding-window',
      policy: throttler.name ?? '',
      key,
      limit,
      windowMs: ttl,
    };
    this.gathered.get(request)?.push(window);
    return true;
  }
}

/** Put on every route that hashes a password, or that sends mail to an address a stranger may name. */
export function LimitPasswordAttempts({ guesses = false }: AttemptOptions = {}) {
  return applyDecorators(
    UseGuards(SignInLimitGuard),
    UseInterceptors(GuessOutcomeInterceptor),
    SetMetadata(IS_GUESS, guesses),
  );
}
