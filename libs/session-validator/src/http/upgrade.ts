import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SessionValidator } from '../core/session-validator.js';
import type { Principal } from '../core/verdict.js';
import {
  admitCredentials,
  soundRule,
  type AccessRule,
  type AuthOptions,
  type OptionalAuthOptions,
  type Outcome,
} from './access.js';
import { Answer } from './answer.js';
import { sendAnswerOnSocket } from './node-answer.js';
import { addressOf } from './peer-address.js';
import { takeUpgradeCredentials } from './subprotocol.js';

/** For `server.on('upgrade', …)`. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Takes over the socket of somebody who may have it. */
export type UpgradeAcceptor<Who> = (request: IncomingMessage, socket: Duplex, head: Buffer, principal: Who) => void;

/**
 * Lets only upgrades with a good token through; the others get an HTTP response in place of `101`, and their socket is
 * closed. The token comes in the Authorization header or as subprotocol `bearer.<token>`, beside another one; never in the
 * address. The listener sees the request without that subprotocol.
 *
 * Tokens that a page must add itself are not sent by other sites' pages, so no check of `Origin` is needed for them. A
 * token in a cookie is: with `accessCookie`, only pages of its `allowedOrigins` connect by it.
 */
export function requireAuthOnUpgrade(
  validator: SessionValidator,
  accept: UpgradeAcceptor<Principal>,
  options: AuthOptions = {},
): UpgradeListener {
  // Without `optional`, an outcome that is no answer is somebody.
  return guardUpgrade(validator, accept as UpgradeAcceptor<Principal | undefined>, { ...options, optional: false });
}

/** Lets upgrades without a token through too, as nobody. One that is sent must be good. */
export function optionalAuthOnUpgrade(
  validator: SessionValidator,
  accept: UpgradeAcceptor<Principal | undefined>,
  options: OptionalAuthOptions = {},
): UpgradeListener {
  return guardUpgrade(validator, accept, { ...options, optional: true });
}

/** Both of the above, by rule. */
export function guardUpgrade(
  validator: SessionValidator,
  accept: UpgradeAcceptor<Principal | undefined>,
  rule: AccessRule,
): UpgradeListener {
  soundRule(rule);
  return (request, socket, head) => {
    const settle = (outcome: Outcome) => {
      // Its error may still be on its way to the listener.
      if (socket.destroyed) return;
      if (outcome instanceof Answer) {
        sendAnswerOnSocket(socket, outcome);
        return;
      }
      socket.off('error', onError);
      accept(request, socket, head, outcome);
    };
    // Node has let go of the socket: nobody else hears its errors, and an unheard one ends the process.
    const onError = () => socket.destroy();
    socket.on('error', onError);
    const credentials = takeUpgradeCredentials(request, validator.accessCookie);
    const outcome =
      credentials instanceof Answer
        ? credentials
        : admitCredentials(validator, credentials, rule, addressOf(validator, request));
    if (outcome instanceof Promise) void outcome.then(settle);
    else settle(outcome);
  };
}
