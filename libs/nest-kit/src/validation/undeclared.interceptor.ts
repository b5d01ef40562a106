import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { ValidationFailed } from '../errors/validation-failed.js';
import { isUnwrapped } from '../http/envelope.interceptor.js';

/** What a route leaves to nobody: a pipe only sees what a handler asks for. */
interface Untaken {
  readonly body: boolean;
  readonly query: boolean;
}

/** Where Nest keeps what a handler asks for, as `kind:index`; its own name for the place is not exported. */
const ASKED_FOR = '__routeArguments__';
/** In the order of Nest's `RouteParamtypes`. */
const [REQUEST, BODY, QUERY] = ['0', '3', '4'];

/**
 * Refuses members of a body, and parameters of a query, on routes that take none: the strict pipe never gets to see them, and a client
 * that sends what nobody reads is mistaken about what it asks for. A handler that asks for the whole request judges its body by itself.
 * Queries are left alone where the answer has the form of a standard, which may say more about them than we do.
 *
 * Runs after the guards, as pipes do: strangers learn nothing by it.
 */
export class UndeclaredInterceptor implements NestInterceptor {
  private readonly known = new WeakMap<object, Untaken>();

  /** @throws {ValidationFailed} */
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const { body, query } = context.switchToHttp().getRequest<FastifyRequest>();
    const untaken = this.untakenBy(context);
    // A form or a stream is no plain object; who parses them knows what to make of them.
    const members = untaken.body && isPlain(body) ? Object.keys(body) : [];
    const parameters = untaken.query ? Object.keys(query as object) : [];
    if (members.length + parameters.length > 0) throw ValidationFailed.ofUndeclared([...members, ...parameters]);
    return next.handle();
  }

  private untakenBy(context: ExecutionContext): Untaken {
    const handler = context.getHandler();
    const known = this.known.get(handler);
    if (known) return known;
    const asked = (Reflect.getMetadata(ASKED_FOR, context.getClass(), handler.name) ?? {}) as object;
    const kinds = new Set(Object.keys(asked).map((one) => one.split(':')[0]));
    const untaken = {
      body: !kinds.has(BODY) && !kinds.has(REQUEST),
      query: !kinds.has(QUERY) && !isUnwrapped(context),
    };
    this.known.set(handler, untaken);
    return untaken;
  }
}

function isPlain(body: unknown): body is object {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
}
