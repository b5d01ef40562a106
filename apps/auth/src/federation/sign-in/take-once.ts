import type { Clock } from '@gatehouse/kernel';
import type { UsedAssertions } from '../../oauth/clients/used-assertions.port.js';
import { IdentityRefused, OAuthStateLost } from '../federation.errors.js';
import { tokenPrint } from '../identities/prints.js';

/** How old an ID token may be when it comes, in ms. */
export const ID_TOKEN_MAX_AGE_MS = 600_000;
/** Outlives the age at which an ID token is taken, clock tolerance included. */
const REMEMBER_MS = 2 * ID_TOKEN_MAX_AGE_MS;

/** Sees to it that what proves something proves it once, over all instances. */
export class TakeOnce {
  constructor(
    private readonly used: Pick<UsedAssertions, 'useOnce'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @param token - an ID token that has been verified, not older than {@link ID_TOKEN_MAX_AGE_MS}
   * @throws {IdentityRefused} `REPLAYED`
   */
  async idToken(token: string): Promise<void> {
    await this.token(token, this.clock.nowMs() + REMEMBER_MS);
  }

  /**
   * @param untilMs - when it would not be taken any more anyway
   * @throws {IdentityRefused} `REPLAYED`
   */
  async token(token: string, untilMs: number): Promise<void> {
    if (!(await this.used.useOnce('federation:token', tokenPrint(token), untilMs))) {
      throw new IdentityRefused('REPLAYED');
    }
  }

  /** @throws {OAuthStateLost} */
  async note(kind: 'transaction' | 'code', id: string, untilMs: number): Promise<void> {
    if (!(await this.used.useOnce(`federation:${kind}`, id, untilMs))) throw new OAuthStateLost();
  }
}
