import type { INestApplicationContext } from '@nestjs/common';
import { WsAdapter } from '@nestjs/platform-ws';
import { WsException } from '@nestjs/websockets';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import { soundRule, type AccessRule } from '../http/access.js';
import { closeWebSocketOnRevoked, type ClosableWebSocket } from '../http/close-web-socket.js';
import { guardUpgrade } from '../http/upgrade.js';
import { rememberConnection } from '../nest/connections.js';

/** Who may connect: a rule, or `'public'`, which looks at no token and watches nothing. */
export type GatewayAuth = AccessRule | 'public';

type Done = (socket: ClosableWebSocket, request: IncomingMessage) => void;

/** The part of the WebSocket server of `ws` that is needed. */
interface WebSocketServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: Done): void;
}

/**
 * Nest's adapter for `ws`, with the door locked: an upgrade without a good token gets an HTTP refusal in place of a
 * connection, and a connection is closed as soon as its session ends (code 4401, the reason as text).
 *
 * ```ts
 * app.useWebSocketAdapter(new SessionWsAdapter(app));
 * ```
 *
 * A gateway that wants another rule says so beside its path; gateways that share port and path share the rule of the
 * first: `@WebSocketGateway({ path: '/live', auth: { roles: ['courier'] } })`.
 *
 * Nest runs no guard when a client connects. `SessionGuard` holds each message to the decorators of its handler.
 */
export class SessionWsAdapter extends WsAdapter {
  private readonly validator: SessionValidator;
  private readonly guarded = new WeakSet<object>();

  /**
   * @param auth - for gateways that set none. @default a good token is required
   * @throws when no `SessionValidatorModule` is imported.
   */
  constructor(
    app: INestApplicationContext,
    private readonly auth: GatewayAuth = {},
  ) {
    super(app);
    if (auth !== 'public') soundRule(auth);
    this.validator = app.get(SessionValidator, { strict: false });
  }

  /**
   * Makes the WebSocket server of a gateway and guards it; Nest calls it.
   *
   * @param options - what the gateway says of itself
   */
  override create(port: number, { auth = this.auth, ...options }: CreateOptions = {}): unknown {
    const server = super.create(port, options) as WebSocketServer;
    // Gateways may share a server that the application made itself.
    if (!this.guarded.has(server)) this.guard(server, auth);
    this.guarded.add(server);
    return server;
  }

  /** All ways to a connection lead through `handleUpgrade`, whoever owns the HTTP server. */
  private guard(server: WebSocketServer, auth: GatewayAuth): void {
    const upgrade = server.handleUpgrade.bind(server);
    if (auth === 'public') {
      server.handleUpgrade = (request, socket, head, done) =>
        upgrade(request, socket, head, (client) => {
          remember(client, undefined);
          done(client, request);
        });
      return;
    }
    server.handleUpgrade = (request, socket, head, done) => {
      const accept = (_request: IncomingMessage, _socket: Duplex, _head: Buffer, principal: Principal | undefined) =>
        upgrade(request, socket, head, (client) => {
          remember(client, principal);
          if (principal) closeWebSocketOnRevoked(this.validator, principal, client);
          done(client, request);
        });
      guardUpgrade(this.validator, accept, auth)(request, socket, head);
    };
  }
}

type CreateOptions = NonNullable<Parameters<WsAdapter['create']>[1]> & { readonly auth?: GatewayAuth };

function remember(client: object, principal: Principal | undefined): void {
  rememberConnection(client, { principal, refuse: ({ body }) => new WsException(body.error) });
}
