import type { PendingLogin } from '../pending-logins.port.js';
import type { SealingKeys } from './sealing-keys.js';

/**
 * Seals a login under way with its `state`, which the browser brings back and which is kept nowhere else: the verifier and the
 * nonce in a dump of the store are worth nothing.
 */
export class LoginSeals {
  constructor(private readonly keys: SealingKeys) {}

  seal(login: PendingLogin): string {
    return this.keys.seal(JSON.stringify(login), sealedFor(login.transaction.state));
  }

  /** @throws {SealBroken} */
  open(sealed: string, state: string): PendingLogin {
    return JSON.parse(this.keys.open(sealed, sealedFor(state))) as PendingLogin;
  }
}

const sealedFor = (state: string) => ({ secret: state, purpose: 'login', boundTo: 'login' });
