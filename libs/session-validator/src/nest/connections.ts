import type { Principal } from '../core/verdict.js';
import type { Answer } from '../http/answer.js';

/** A WebSocket that was let in, as the guard needs to know it. */
export interface Connection {
  /** `undefined` for nobody. */
  readonly principal: Principal | undefined;
  /** Makes the exception that the transport turns into a message to the client. */
  readonly refuse: (answer: Answer) => Error;
}

const connections = new WeakMap<object, Connection>();

/** Called by the WebSocket adapter, whose packages this door does not need. */
export function rememberConnection(client: object, connection: Connection): void {
  connections.set(client, connection);
}

export function connectionOf(client: unknown): Connection | undefined {
  return typeof client === 'object' && client !== null ? connections.get(client) : undefined;
}
