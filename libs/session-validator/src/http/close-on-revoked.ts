import type { AccessTokenClaims, TokenRefusal } from '@gatehouse/contracts';
import type { ServerResponse } from 'node:http';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';

/** A client that does not read must not keep the connection open. */
const FLUSH_MS = 100;

export interface CloseOptions {
  /** Last words, in the format of the response; for server-sent events for example a final event. */
  readonly farewell?: (reason: TokenRefusal) => string;
}

/**
 * Ends a long response (server-sent events, a download) as soon as the token behind it would be refused. The last bytes
 * get {@link FLUSH_MS} to leave, then the connection is cut.
 *
 * @param response - Node's own: `reply.raw` on Fastify
 * @returns stop; called by itself when the response is over.
 */
export function closeOnRevoked(
  validator: SessionValidator,
  who: Principal | AccessTokenClaims,
  response: ServerResponse,
  { farewell }: CloseOptions = {},
): () => void {
  const stop = validator.watch(who, (reason) => {
    response.end(farewell?.(reason));
    setTimeout(() => response.destroy(), FLUSH_MS).unref();
  });
  response.once('close', stop);
  return stop;
}
