import type { AccessTokenClaims } from '@gatehouse/contracts';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import { FLUSH_MS } from './node-answer.js';

/**
 * Close code of a WebSocket whose session has ended: 4000-4999 are for applications (RFC 6455 §7.4.2), and 401 says what
 * it would have been in HTTP. The close reason is that of the refusal, for example `SESSION_REVOKED`.
 */
export const SESSION_ENDED_CLOSE_CODE = 4401;

/** The part of a `WebSocket` of the `ws` package that is needed. */
export interface ClosableWebSocket {
  /** 3 when closed. */
  readonly readyState: number;
  /** Begins the closing handshake. */
  close(code: number, reason: string): void;
  /** Cuts the connection. */
  terminate(): void;
  /** Listens for its end. */
  once(event: 'close', listener: () => void): unknown;
  /** Listens no more. */
  off(event: 'close', listener: () => void): unknown;
  /** Lets no more messages through. */
  removeAllListeners(event: 'message'): unknown;
}

const CLOSED = 3;

/**
 * Closes a WebSocket as soon as the token behind it would be refused: {@link SESSION_ENDED_CLOSE_CODE}, and the reason as
 * text. A peer that has not answered within 75 ms is cut off. No message that comes after the end of the session reaches
 * a listener.
 *
 * @param socket - of the `ws` package, on the server
 * @returns stop; called by itself when the socket closes.
 */
export function closeWebSocketOnRevoked(
  validator: SessionValidator,
  who: Principal | AccessTokenClaims,
  socket: ClosableWebSocket,
): () => void {
  if (socket.readyState === CLOSED) return () => undefined;
  const unwatch = validator.watch(who, (reason) => {
    // `ws` goes on handing out messages until the peer has answered, or does not.
    socket.removeAllListeners('message');
    const timer = setTimeout(() => socket.terminate(), FLUSH_MS).unref();
    socket.once('close', () => clearTimeout(timer));
    socket.close(SESSION_ENDED_CLOSE_CODE, reason);
  });
  const stop = () => {
    socket.off('close', stop);
    unwatch();
  };
  socket.once('close', stop);
  return stop;
}
