import { addressNetwork } from '@gatehouse/nest-kit';
import type { RateLimiter } from '@gatehouse/rate-limit';
import { PENDING_LOGIN_MS } from '../sessions/pending-logins.port.js';
import { TooManyLogins } from './login.errors.js';

/** How many logins may be begun at once; used up, they come back evenly over the ten minutes a login is kept. */
export interface LoginLimits {
  /** By one IPv4 address or one IPv6 /64. */
  readonly perNetwork: number;
  /** By all together, over all gateways. */
  readonly inAll: number;
}

/**
 * Each login that is begun is kept until somebody comes back or ten minutes are over, so a stranger who only ever begins them could fill
 * the store. Counted both ways in one step: whoever is refused for their own number takes nothing from the others.
 */
export class LoginLimit {
  constructor(
    private readonly limiter: Pick<RateLimiter, 'take'>,
    private readonly limits: LoginLimits,
  ) {}

  /** @throws {TooManyLogins} */
  async admit(ipAddress: string): Promise<void> {
    const { perNetwork, inAll } = this.limits;
    const bucket = { kind: 'token-bucket', windowMs: PENDING_LOGIN_MS } as const;
    const { admitted, waitMs } = await this.limiter.take('logins', [
      { ...bucket, policy: 'logins', key: addressNetwork(ipAddress), limit: perNetwork },
      { ...bucket, policy: 'logins-in-all', key: '', limit: inAll },
    ]);
    if (!admitted) throw new TooManyLogins(Math.max(1, Math.ceil(waitMs / 1_000)));
  }
}
