/**
 * `node:http` without a framework, upgrades to WebSocket, and what ends a connection together with its session.
 *
 * @module
 */
export type { Principal } from '../core/verdict.js';
export type { AccessRule, AuthOptions, OptionalAuthOptions } from './access.js';
export type { Answer } from './answer.js';
export { closeOnRevoked, type CloseOptions } from './close-on-revoked.js';
export { closeSocketOnRevoked, type CloseSocketOptions } from './close-socket.js';
export { closeWebSocketOnRevoked, SESSION_ENDED_CLOSE_CODE, type ClosableWebSocket } from './close-web-socket.js';
export { sendAnswer, sendAnswerOnSocket } from './node-answer.js';
export { admitRequest, optionalAuth, requireAuth, type Admission, type AuthenticatedListener } from './require-auth.js';
export type { FreshOptions } from './rules.js';
export { BEARER_SUBPROTOCOL } from './subprotocol.js';
export { optionalAuthOnUpgrade, requireAuthOnUpgrade, type UpgradeAcceptor, type UpgradeListener } from './upgrade.js';
