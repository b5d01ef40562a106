import { Clock } from '@gatehouse/kernel';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ThrottlerModule, type ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyInstance } from 'fastify';
import { ApiLimit } from './http/api-limit.js';
import { signInLimits, SignInLimitGuard } from './sign-in-limit.guard.js';

export interface LimitSettings {
  readonly enabled: boolean;
  /** Per network and route, and per account. */
  readonly signInPerMinute: number;
  /** Per caller, everything together. */
  readonly apiPerMinute: number;
  /** Where attempts are counted. */
  readonly storage: ThrottlerStorage;
}

const SETTINGS = Symbol('limit settings');

/** `@LimitPasswordAttempts()` for the routes that hash, and the general limit for all of them. */
@Module({})
export class LimitsModule {
  constructor(
    @Inject(SETTINGS) { enabled, apiPerMinute, storage }: LimitSettings,
    @Inject(SessionValidator) validator: SessionValidator,
    @Inject(Clock) clock: Clock,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    if (!enabled) return;
    // Here, because Fastify applies a hook only to routes that are registered after it.
    new ApiLimit(storage, validator, apiPerMinute, clock).guard(host.httpAdapter.getInstance<FastifyInstance>());
  }

  static register(settings: LimitSettings): DynamicModule {
    const { signInPerMinute, enabled, storage } = settings;
    return {
      module: LimitsModule,
      global: true,
      imports: [ThrottlerModule.forRoot(signInLimits(signInPerMinute, enabled, storage))],
      providers: [{ provide: SETTINGS, useValue: settings }, SignInLimitGuard],
      exports: [ThrottlerModule, SignInLimitGuard],
    };
  }
}
