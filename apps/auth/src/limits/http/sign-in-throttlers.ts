import { addressNetwork } from '@gatehouse/nest-kit';
import type { RateLimiter } from '@gatehouse/rate-limit';
import { LimiterThrottlerStorage } from '@gatehouse/rate-limit/throttler';
import type { ExecutionContext } from '@nestjs/common';
import type { ThrottlerModuleOptions } from '@nestjs/throttler';
import { accountIn, type AttemptRequest } from './attempt-request.js';
import type { LimitPolicies } from '../limit-policies.js';

/** The windows of attempts at passwords, as `@nestjs/throttler` takes them. */
export function signInThrottlers(
  policies: LimitPolicies,
  enabled: boolean,
  limiter: RateLimiter,
): ThrottlerModuleOptions {
  const named = (which: 'signin' | 'account' | 'pair') => ({
    name: which,
    // Asked each time: it may change while the service runs.
    limit: () => policies[which].limit,
    ttl: policies[which].windowMs,
  });
  const whose = (context: ExecutionContext) => accountIn(context.switchToHttp().getRequest<AttemptRequest>());
  // Without an address in the body there is no account to protect; the request will be refused for it.
  const namesNone = (context: ExecutionContext) => !enabled || whose(context) === undefined;
  return {
    storage: new LimiterThrottlerStorage(limiter),
    skipIf: () => !enabled,
    throttlers: [
      {
        ...named('signin'),
        getTracker: (request, context) => JSON.stringify([routeOf(context), addressNetwork(request['ip'])]),
      },
      {
        ...named('account'),
        skipIf: namesNone,
        getTracker: (_request, context) => JSON.stringify([routeOf(context), whose(context)]),
      },
      {
        ...named('pair'),
        skipIf: namesNone,
        getTracker: (request, context) =>
          JSON.stringify([routeOf(context), whose(context), addressNetwork(request['ip'])]),
      },
    ],
  };
}

/** The route by its method in the code: two addresses of one route share what it grants. */
function routeOf(context: ExecutionContext): string {
  return `${context.getClass().name}.${context.getHandler().name}`;
}
