import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSessionValidator, type Principal, type SessionValidator } from '../../src/index.js';
import { createTestIssuer, MemoryFeed } from '../../src/testing/index.js';

/** A server on a real port, and a validator on the real clock without tolerance, so that tokens expire when they say. */
export class SocketRig {
  readonly issuer = createTestIssuer();
  readonly feed = new MemoryFeed();
  readonly server: Server = createServer();
  readonly validator: SessionValidator = createSessionValidator({
    trustAnchor: this.issuer.trustAnchor,
    keyBundle: this.issuer.keyBundle(),
    clockToleranceSeconds: 0,
    feed: this.feed,
    warn: () => undefined,
  });

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get watchers(): number {
    return this.validator.metrics().watchers;
  }

  async listen(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
  }

  /** @param lifeSeconds - until the token expires */
  signIn(lifeSeconds = 900): { token: string; sid: string; exp: number } {
    const iat = Math.floor(Date.now() / 1000);
    const claims = this.issuer.claims({ iat, exp: iat + lifeSeconds });
    return { token: this.issuer.token(claims), sid: claims.sid, exp: claims.exp };
  }

  principalOf(token: string): Principal {
    const verdict = this.validator.check(token);
    if (!verdict.ok) throw new Error(verdict.reason);
    return verdict.principal;
  }

  signOut(sid: string): void {
    this.feed.revoke({ scope: 'sid', value: sid });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.validator.close();
  }
}

/** The element there must be. */
export function only<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('nothing there');
  return first;
}
