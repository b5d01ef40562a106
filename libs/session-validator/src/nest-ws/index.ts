/**
 * Gateways of NestJS on `ws`: nobody connects without a good token, and a connection ends with its session.
 *
 * @module
 */
export { SESSION_ENDED_CLOSE_CODE } from '../http/close-web-socket.js';
export { BEARER_SUBPROTOCOL } from '../http/subprotocol.js';
export { SessionWsAdapter, type GatewayAuth } from './session-ws.adapter.js';
