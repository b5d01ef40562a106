import type { AccessTokenClaims, TokenRefusal } from '@gatehouse/contracts';
import type { Duplex } from 'node:stream';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import { endSoon } from './node-answer.js';

/** How an upgraded socket ends with its session. */
export interface CloseSocketOptions {
  /** Last bytes, in the protocol of the socket. @default none */
  readonly farewell?: ((reason: TokenRefusal) => string | Uint8Array) | undefined;
}

/**
 * Ends an upgraded socket of any protocol as soon as the token behind it would be refused. Pipes from it are undone and
 * what it still sends is dropped; the last bytes get 75 ms to leave, then the connection is cut.
 *
 * @param options - last words
 * @returns stop; called by itself when the socket closes.
 */
export function closeSocketOnRevoked(
  validator: SessionValidator,
  who: Principal | AccessTokenClaims,
  socket: Duplex,
  { farewell }: CloseSocketOptions = {},
): () => void {
  if (socket.destroyed) return () => undefined;
  const unwatch = validator.watch(who, (reason) => {
    let lastBytes: string | Uint8Array | undefined;
    try {
      lastBytes = farewell?.(reason);
    } finally {
      endSoon(socket, lastBytes);
    }
  });
  const stop = () => {
    socket.off('close', stop);
    unwatch();
  };
  socket.once('close', stop);
  return stop;
}
