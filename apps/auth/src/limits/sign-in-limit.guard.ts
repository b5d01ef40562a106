import { Clock } from '@gatehouse/kernel';
import { addressNetwork } from '@gatehouse/nest-kit';
import { applyDecorators, type ExecutionContext, Inject, Injectable, UseGuards } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  getOptionsToken,
  getStorageToken,
  ThrottlerGuard,
  type ThrottlerModuleOptions,
  type ThrottlerRequest,
  type ThrottlerStorage,
} from '@nestjs/throttler';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { canonicalEmail, MAX_EMAIL_LENGTH } from '../users/email-address.js';
import { tellReading } from './http/limit-readings.js';
import { RateLimited } from './limits.errors.js';

const WINDOW_MS = 60_000;

/**
 * Counts attempts at passwords before one is looked at: per network and route, and per account whatever the network. The order
 * matters: a network that has used up its own attempts cannot use up an account's.
 */
@Injectable()
export class SignInLimitGuard extends ThrottlerGuard {
  constructor(
    @Inject(getOptionsToken()) options: ThrottlerModuleOptions,
    @Inject(getStorageToken()) storage: ThrottlerStorage,
    @Inject(Reflector) reflector: Reflector,
    @Inject(Clock) private readonly clock: Clock,
  ) {
    super(options, storage, reflector);
  }

  protected override async handleRequest(attempt: ThrottlerRequest): Promise<boolean> {
    const { context, limit, ttl, throttler, blockDuration, getTracker, generateKey } = attempt;
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const policy = throttler.name ?? '';
    const key = generateKey(context, await getTracker(request, context), policy);
    const record = await this.storageService.increment(key, ttl, limit, blockDuration, policy);
    const reading = {
      policy,
      limit,
      windowSeconds: ttl / 1000,
      remaining: Math.max(0, limit - record.totalHits),
      resetInSeconds: record.timeToExpire,
    };
    tellReading(request, http.getResponse<FastifyReply>(), reading, this.clock.nowMs());
    if (record.isBlocked) throw new RateLimited(policy, record.timeToBlockExpire);
    return true;
  }
}

/** Put on every route that hashes a password. */
export function LimitPasswordAttempts() {
  return applyDecorators(UseGuards(SignInLimitGuard));
}

/** @param storage - where attempts are counted */
export function signInLimits(perMinute: number, enabled: boolean, storage: ThrottlerStorage): ThrottlerModuleOptions {
  return {
    storage,
    generateKey: (_context, tracker, policy) => `${policy}:${tracker}`,
    skipIf: () => !enabled,
    throttlers: [
      {
        name: 'signin',
        ttl: WINDOW_MS,
        limit: perMinute,
        getTracker: (request) => `${request['routeOptions'].url}:${addressNetwork(request['ip'])}`,
      },
      {
        name: 'account',
        ttl: WINDOW_MS,
        limit: perMinute,
        // Without an address in the body there is no account to protect; the request will be refused for it.
        skipIf: (context) => !enabled || accountIn(context) === undefined,
        getTracker: (_request, context) => accountIn(context) ?? '',
      },
    ],
  };
}

/** Guards run before the body is checked: whatever may stand there. */
function accountIn(context: ExecutionContext): string | undefined {
  const { body } = context.switchToHttp().getRequest<{ body?: { email?: unknown } }>();
  const email = body?.email;
  return typeof email === 'string' && email.length <= MAX_EMAIL_LENGTH ? canonicalEmail(email) : undefined;
}
