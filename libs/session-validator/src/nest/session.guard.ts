import { HttpException, Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SessionValidator } from '../core/session-validator.js';
import type { Freshness, Principal } from '../core/verdict.js';
import {
  authenticate,
  lacksFreshSignIn,
  lacksRole,
  lacksScope,
  type FreshOptions,
  type Outcome,
} from '../http/access.js';
import { Answer } from '../http/answer.js';
import { ACCESS, FRESH_SIGN_IN, FRESHNESS, ROLES, SCOPES, type GuardedRequest } from './decorators.js';

/** What the decorators of a route and its controller come to. */
interface RouteRule {
  readonly access: 'required' | 'optional' | 'public';
  readonly roles: readonly string[] | undefined;
  readonly scopes: readonly string[] | undefined;
  readonly freshSignIn: FreshOptions | undefined;
  readonly auth: { readonly freshness: Freshness | undefined };
}

/** Express and Fastify both answer to this name. */
interface Reply {
  header(name: string, value: string): unknown;
}

/**
 * Asks for a good token on every route that does not say otherwise. Made for `APP_GUARD`: a route somebody forgets to
 * decorate is then closed, not open. Knows HTTP only; other transports are refused.
 */
@Injectable()
export class SessionGuard implements CanActivate {
  /** Decorators do not change while a service runs, and reading them costs more than a warm token. */
  private readonly rules = new WeakMap<object, Map<object, RouteRule>>();

  constructor(
    @Inject(SessionValidator) private readonly validator: SessionValidator,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  /** @throws {HttpException} whose response is the error envelope; its headers are on the reply already. */
  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (context.getType() !== 'http') return false;
    const rule = this.ruleOf(context);
    if (rule.access === 'public') return true;
    const http = context.switchToHttp();
    const request = http.getRequest<GuardedRequest & { raw?: GuardedRequest }>();
    const head = request.raw ?? request;
    const outcome = authenticate(this.validator, head, rule.access === 'optional', rule.auth);
    const settle = (found: Outcome) => this.admit(found, rule, request, () => http.getResponse<Reply>());
    return outcome instanceof Promise ? outcome.then(settle) : settle(outcome);
  }

  private admit(outcome: Outcome, rule: RouteRule, request: GuardedRequest, reply: () => Reply): true {
    const answer = outcome instanceof Answer ? outcome : broken(rule, outcome);
    if (!answer) {
      request.principal = outcome as Principal | undefined;
      return true;
    }
    const target = reply();
    for (const [name, value] of Object.entries(answer.headers)) target.header(name, value);
    throw new HttpException(answer.body, answer.status);
  }

  private ruleOf(context: ExecutionContext): RouteRule {
    const handler = context.getHandler();
    const controller = context.getClass();
    const ofHandler = this.rules.get(handler) ?? new Map<object, RouteRule>();
    const known = ofHandler.get(controller);
    if (known) return known;
    const rule = this.readRule([handler, controller]);
    this.rules.set(handler, ofHandler.set(controller, rule));
    return rule;
  }

  private readRule(targets: Parameters<Reflector['getAllAndOverride']>[1]): RouteRule {
    const read = <T>(key: string) => this.reflector.getAllAndOverride<T | undefined>(key, targets);
    const access = read<'optional' | 'public'>(ACCESS) ?? 'required';
    const roles = read<string[]>(ROLES);
    const scopes = read<string[]>(SCOPES);
    const freshSignIn = read<FreshOptions>(FRESH_SIGN_IN);
    // Whoever asks for a role asks for somebody to have it; a `@Public()` above must not undo that.
    const needsSomebody = roles ?? scopes ?? freshSignIn;
    return {
      access: needsSomebody ? 'required' : access,
      roles,
      scopes,
      freshSignIn,
      auth: { freshness: read<Freshness>(FRESHNESS) },
    };
  }
}

function broken({ roles, scopes, freshSignIn }: RouteRule, principal: Principal | undefined): Answer | undefined {
  return (
    (roles && lacksRole(principal, roles)) ??
    (scopes && lacksScope(principal, scopes)) ??
    (freshSignIn && lacksFreshSignIn(principal, freshSignIn))
  );
}
