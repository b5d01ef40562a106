import type { Duplex } from 'node:stream';
import type { Tunnel, TunnelEnd } from '../streams/tunnel.port.js';
import { closeFrame, FrameBoundary } from './frame-boundary.js';

/**
 * Close codes of RFC 6455 §7.4. 4401 is what the services behind us close with when a session ends: 4000-4999 are for
 * applications, and 401 says what it would have been in HTTP.
 */
const FAREWELLS: Readonly<Record<TunnelEnd, Buffer>> = {
  'session-ended': closeFrame(4401, 'SESSION_REVOKED'),
  'going-away': closeFrame(1001, 'GOING_AWAY'),
};

/** How long a frame that has begun may take to end, in ms: a close frame inside it would be its payload. */
const FRAME_GRACE_MS = 75;
/** How long the client has to answer the close frame, in ms. */
const CLOSE_GRACE_MS = 1_000;

/** Two sockets that speak WebSocket with each other through us. Bytes are passed on as they are, extensions and all. */
export class WebSocketTunnel implements Tunnel {
  private readonly boundary = new FrameBoundary();
  private farewell: Buffer | undefined;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param early - what the client sent behind its handshake
   * @param idleMs - silence in both directions until the tunnel is closed; 0: no limit
   */
  constructor(
    private readonly client: Duplex & { setTimeout?(ms: number, then: () => void): unknown },
    private readonly upstream: Duplex,
    early: Buffer,
    idleMs: number,
  ) {
    upstream
      .on('error', ignore)
      .on('data', this.toClient)
      .on('end', this.upstreamEnded)
      .on('close', this.upstreamClosed);
    client.on('error', ignore).on('drain', () => upstream.resume());
    client.on('close', () => {
      clearTimeout(this.timer);
      upstream.destroy();
    });
    if (early.length > 0) upstream.write(early);
    client.pipe(upstream);
    if (idleMs > 0) client.setTimeout?.(idleMs, () => this.end('going-away'));
  }

  end(why: TunnelEnd): void {
    if (this.farewell || this.client.destroyed) return;
    this.farewell = FAREWELLS[why];
    // From here on what the client sends goes nowhere.
    this.client.unpipe(this.upstream);
    this.client.resume();
    if (this.boundary.isAt) this.sayFarewell();
    else {
      this.upstream.resume();
      this.timer = setTimeout(() => this.client.destroy(), FRAME_GRACE_MS).unref();
    }
  }

  private readonly toClient = (piece: Buffer): void => {
    if (!this.client.writable) return;
    const taken = this.boundary.take(piece, this.farewell !== undefined);
    const flows = this.client.write(taken === piece.length ? piece : piece.subarray(0, taken));
    if (this.farewell && this.boundary.isAt) this.sayFarewell();
    else if (!flows) this.upstream.pause();
  };

  private sayFarewell(): void {
    clearTimeout(this.timer);
    this.upstream.off('data', this.toClient);
    this.upstream.destroy();
    this.client.end(this.farewell);
    this.timer = setTimeout(() => this.client.destroy(), CLOSE_GRACE_MS).unref();
  }

  private readonly upstreamEnded = (): void => {
    if (!this.farewell) this.client.end();
  };

  /** Cut off rather than ended: the client must not wait for what will not come. */
  private readonly upstreamClosed = (): void => {
    if (this.farewell) return;
    this.client.end();
    this.timer = setTimeout(() => this.client.destroy(), CLOSE_GRACE_MS).unref();
  };
}

function ignore(): void {
  // A connection that breaks closes; that is what is listened for.
}
