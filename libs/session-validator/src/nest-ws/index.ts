export { SESSION_ENDED_CLOSE_CODE } from '../http/close-web-socket.js';
export { BEARER_SUBPROTOCOL } from '../http/subprotocol.js';
export { SessionWsAdapter, type GatewayAuth } from './session-ws.adapter.js';
