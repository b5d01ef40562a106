import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { type LogFacts, Metrics } from '@gatehouse/observability';
import { RateLimiter } from '@gatehouse/rate-limit';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ThrottlerModule } from '@nestjs/throttler';
import type { FastifyInstance } from 'fastify';
import { AuditLog } from '../audit/audit-log.port.js';
import { BrowserCookies } from '../cookie-mode/browser-cookies.js';
import { Acquaintances } from './acquaintances.port.js';
import { ClientAttempts } from './client-attempts.js';
import { GuessOutcomeInterceptor } from './guess-outcome.interceptor.js';
import { ApiLimit } from './http/api-limit.js';
import { type LimitFigures, limitPolicies, type LimitPolicies } from './limit-policies.js';
import { LimitWatch } from './limit-watch.js';
import { PasswordAttempts } from './password-attempts.js';
import { SignInLimitGuard } from './sign-in-limit.guard.js';
import { signInThrottlers } from './http/sign-in-throttlers.js';

export interface LimitSettings {
  readonly enabled: boolean;
  readonly figures: LimitFigures;
  /** Where attempts are counted. */
  readonly limiter: RateLimiter;
  readonly logger: { warn(message: string, facts: LogFacts): void };
}

const SETTINGS = Symbol('limit settings');
const POLICIES = Symbol('limit policies');
const ENABLED = Symbol('whether anything is limited');

/** `@LimitPasswordAttempts()` for the routes that hash, the general limit for all of them, and `RateLimiter` for any room. */
@Module({})
export class LimitsModule {
  constructor(
    @Inject(SETTINGS) { enabled, limiter }: LimitSettings,
    @Inject(POLICIES) policies: LimitPolicies,
    @Inject(SessionValidator) validator: SessionValidator,
    @Inject(LimitWatch) watch: LimitWatch,
    @Inject(Clock) clock: Clock,
    @Inject(BrowserCookies) cookies: BrowserCookies,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    if (!enabled) return;
    // Here, because Fastify applies a hook only to routes that are registered after it.
    const apiLimit = new ApiLimit(limiter, policies, validator, watch, clock, cookies);
    apiLimit.guard(host.httpAdapter.getInstance<FastifyInstance>());
  }

  static register(settings: LimitSettings): DynamicModule {
    const { enabled, limiter, figures, logger } = settings;
    const policies = limitPolicies(figures);
    return {
      module: LimitsModule,
      global: true,
      imports: [ThrottlerModule.forRoot(signInThrottlers(policies, enabled, limiter))],
      providers: [
        bind<LimitSettings>(SETTINGS, settings),
        bind<LimitPolicies>(POLICIES, policies),
        bind(RateLimiter, limiter),
        bind<boolean>(ENABLED, enabled),
        provide(ClientAttempts, [RateLimiter, POLICIES, ENABLED, Clock]),
        provide(PasswordAttempts, [RateLimiter, Acquaintances, POLICIES]),
        {
          provide: LimitWatch,
          inject: [AuditLog, Clock, Metrics],
          useFactory: (audit: AuditLog, clock: Clock, metrics: Metrics) => {
            const refusals = metrics.counter({
              name: 'auth_rate_limited_total',
              help: 'Requests refused because a limit was used up, by the limit',
              labels: ['policy'],
            });
            return new LimitWatch(
              audit,
              clock,
              (policy) => refusals.inc({ policy }),
              (message, facts) => logger.warn(message, facts),
            );
          },
        },
        SignInLimitGuard,
        GuessOutcomeInterceptor,
      ],
      exports: [
        ThrottlerModule,
        SignInLimitGuard,
        GuessOutcomeInterceptor,
        PasswordAttempts,
        ClientAttempts,
        LimitWatch,
        RateLimiter,
      ],
    };
  }
}
