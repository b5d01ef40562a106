import type { AccessTokenClaims, TokenRefusal } from '@gatehouse/contracts';
import type { ServerResponse } from 'node:http';
import type { SessionValidator } from '../core/session-validator.js';
import { refused, type Principal } from '../core/verdict.js';
import { answerTo } from './answer.js';
import { FLUSH_MS, sendAnswer } from './node-answer.js';

/** How a response ends with its session. */
export interface CloseOptions {
  /** Last words, in the format of the response; for server-sent events for example a final event. @default none */
  readonly farewell?: ((reason: TokenRefusal) => string) | undefined;
}

/**
 * Ends a long response (server-sent events, a download) as soon as the token behind it would be refused. The last bytes
 * get 75 ms to leave, then the connection is cut. A response that has not begun yet becomes the refusal; a route that
 * begins late looks at `response.headersSent` first.
 *
 * @param response - Node's own: `reply.raw` on Fastify
 * @param options - last words, for a response that has begun
 * @returns stop; called by itself when the response is over.
 */
export function closeOnRevoked(
  validator: SessionValidator,
  who: Principal | AccessTokenClaims,
  response: ServerResponse,
  { farewell }: CloseOptions = {},
): () => void {
  // Its 'close' has been and will not be again: a watch would outlive it.
  if (response.destroyed || response.closed) return () => undefined;
  const unwatch = validator.watch(who, (reason) => {
    setTimeout(() => response.destroy(), FLUSH_MS).unref();
    // The route does not know yet: what it writes from here on is an error, and one nobody hears ends the process.
    response.on('error', () => undefined);
    sayGoodbye(response, reason, farewell);
  });
  const stop = () => {
    response.off('close', stop);
    unwatch();
  };
  response.once('close', stop);
  return stop;
}

function sayGoodbye(response: ServerResponse, reason: TokenRefusal, farewell: CloseOptions['farewell']): void {
  // Already ended, and waiting for a client that does not read: the timer sees to it. Writing would be an error.
  if (response.writableEnded) return;
  if (!response.headersSent) {
    sendAnswer(response, answerTo(refused(reason, 'The session behind this request has ended.')));
    return;
  }
  let lastWords: string | undefined;
  try {
    lastWords = farewell?.(reason);
  } finally {
    // Without its last words if they cannot be had; but it ends.
    response.end(lastWords);
  }
}
