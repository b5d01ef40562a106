import { HttpException, Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SessionValidator } from '../core/session-validator.js';
import type { Freshness } from '../core/verdict.js';
import { admit, broken, type AccessRule, type Outcome } from '../http/access.js';
import { Answer, feedStale, nobody } from '../http/answer.js';
import type { FreshOptions } from '../http/rules.js';
import { connectionOf } from './connections.js';
import {
  ACCESS,
  FRESH_SIGN_IN,
  FRESHNESS,
  ROLES,
  SCOPES,
  SERVICE_ACCOUNTS,
  type GuardedRequest,
} from './decorators.js';

/** What the decorators of a route and its controller come to. */
interface RouteRule extends AccessRule {
  readonly isPublic: boolean;
  /** Whose route it is: controllers that inherit a handler may say other things about it. */
  readonly controller: object;
}

/** Express and Fastify both answer to this name. */
interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * Asks for a good token on every route that does not say otherwise. Made for `APP_GUARD`: a route somebody forgets to
 * decorate is then closed, not open. Messages of WebSockets that `SessionWsAdapter` let in are held to the same
 * decorators; every other transport is refused.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  /** Decorators do not change while a service runs, and reading them costs more than a warm token. */
  private readonly rules = new WeakMap<object, RouteRule[]>();

  constructor(
    @Inject(SessionValidator) private readonly validator: SessionValidator,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  /** @throws {HttpException} whose response is the error envelope; its headers are on the reply already. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const rule = this.ruleOf(context);
    if (context.getType() === 'ws') return this.admitMessage(context.switchToWs().getClient<unknown>(), rule);
    if (context.getType() !== 'http') return false;
    if (rule.isPublic) return true;
    // As `switchToHttp` would, which makes three functions for each request.
    const request = context.getArgByIndex<GuardedRequest & { raw?: GuardedRequest; ip?: string }>(0);
    const ipAddress = this.validator.countsRequests ? request.ip : undefined;
    const outcome = admit(this.validator, request.raw ?? request, rule, ipAddress);
    return outcome instanceof Promise
      ? outcome.then((late) => this.settle(late, request, context))
      : this.settle(outcome, request, context);
  }

  /**
   * The token was good when the connection was made, and the connection ends with it; what is left to ask is what this
   * message needs beyond it. On a public or optional handler a connection of nobody will do.
   */
  private admitMessage(client: unknown, rule: RouteRule): boolean {
    const connection = connectionOf(client);
    // Not let in by our adapter: nobody asked for a token.
    if (!connection) return false;
    if (rule.isPublic) return true;
    const { principal, refuse } = connection;
    const answer = principal || rule.optional ? broken(rule, principal) : nobody();
    if (answer) throw refuse(answer);
    if (principal && !this.validator.isFreshEnough(rule)) throw refuse(feedStale());
    return true;
  }

  private settle(outcome: Outcome, request: GuardedRequest, context: ExecutionContext): true {
    if (!(outcome instanceof Answer)) {
      request.principal = outcome;
      return true;
    }
    const reply = context.getArgByIndex<Reply>(1);
    for (const [name, value] of Object.entries(outcome.headers)) reply.header(name, value);
    throw withoutStack(() => new HttpException(outcome.body, outcome.status));
  }

  private ruleOf(context: ExecutionContext): RouteRule {
    const handler = context.getHandler();
    const controller = context.getClass();
    const rules = this.rules.get(handler);
    // Hardly any handler has more than one.
    if (rules) for (const rule of rules) if (rule.controller === controller) return rule;
    const rule = this.readRule(handler, controller);
    this.rules.set(handler, [...(rules ?? []), rule]);
    return rule;
  }

  private readRule(
    handler: ReturnType<ExecutionContext['getHandler']>,
    controller: ReturnType<ExecutionContext['getClass']>,
  ): RouteRule {
    const read = <T>(key: string) => this.reflector.getAllAndOverride<T | undefined>(key, [handler, controller]);
    const access = read<'optional' | 'public'>(ACCESS);
    const roles = read<string[]>(ROLES);
    const scopes = read<string[]>(SCOPES);
    const fresh = read<FreshOptions>(FRESH_SIGN_IN);
    // Whoever asks for a role asks for somebody to have it; a `@Public()` above must not undo that.
    const needsSomebody = roles !== undefined || scopes !== undefined || fresh !== undefined;
    return {
      controller,
      isPublic: access === 'public' && !needsSomebody,
      optional: access === 'optional' && !needsSomebody,
      roles,
      scopes,
      fresh,
      freshness: read<Freshness>(FRESHNESS),
      serviceAccounts: read<boolean>(SERVICE_ACCOUNTS),
    };
  }
}

/** Where a refusal was made helps nobody, and to find out takes a tenth of what a forged token costs. */
function withoutStack(make: () => HttpException): HttpException {
  const { stackTraceLimit } = Error;
  // `Reflect.set`: in a process whose intrinsics are frozen it stays as it is.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return make();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', stackTraceLimit);
  }
}
