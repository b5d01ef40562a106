import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { createHash } from 'node:crypto';
import { PENDING_LOGIN_MS, PendingLogins, type PendingLogin } from '../pending-logins.port.js';
import type { LoginSeals } from '../sealing/login-seals.js';
import { SealBroken } from '../sealing/sealing-keys.js';

/** Logins under way that any gateway may finish. */
export class RedisPendingLogins extends PendingLogins {
  constructor(
    private readonly redis: RedisConnection,
    private readonly seals: LoginSeals,
    private readonly prefix = 'gateway',
  ) {
    super();
  }

  async keep(login: PendingLogin): Promise<void> {
    const { state } = login.transaction;
    const sealed = this.seals.seal(login);
    await orStoreUnavailable(() => this.redis.set(this.key(state), sealed, 'PX', PENDING_LOGIN_MS));
  }

  async take(state: string): Promise<PendingLogin | undefined> {
    const sealed = await orStoreUnavailable(() => this.redis.getdel(this.key(state)));
    return sealed === null ? undefined : this.opened(sealed, state);
  }

  /** Nothing to go on with where the keys were changed while somebody was at a provider: they begin again. */
  private opened(sealed: string, state: string): PendingLogin | undefined {
    try {
      return this.seals.open(sealed, state);
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }

  /** Not the state itself: whoever reads the names in Redis must not be able to finish a login. */
  private key(state: string): string {
    return `${this.prefix}:login:${createHash('sha256').update(state).digest('hex')}`;
  }
}
