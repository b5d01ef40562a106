/**
 * NestJS 11 and 12, on Express and Fastify: a module, a guard for every route, and decorators that say what a
 * route asks for.
 *
 * @module
 */
export { SessionValidator } from '../core/session-validator.js';
export type { Principal } from '../core/verdict.js';
export { bearerToken, MALFORMED } from '../http/bearer.js';
export { closeOnRevoked, type CloseOptions } from '../http/close-on-revoked.js';
export type { FreshOptions } from '../http/rules.js';
export {
  Current,
  Freshness,
  OptionalAuth,
  Public,
  RequireFresh,
  Roles,
  Scopes,
  ServiceAccounts,
} from './decorators.js';
export { SessionGuard } from './session.guard.js';
export { SessionValidatorModule, type SessionValidatorAsyncOptions } from './session-validator.module.js';
