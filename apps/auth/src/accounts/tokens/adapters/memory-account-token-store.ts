import type { Clock } from '@gatehouse/kernel';
import { type AccountToken, AccountTokenStore, type TokenPurpose } from '../account-token-store.port.js';

/** Account tokens of one process, for tests. */
export class MemoryAccountTokenStore extends AccountTokenStore {
  private tokens: (AccountToken & { readonly tokenHash: string })[] = [];

  constructor(private readonly clock: Clock) {
    super();
  }

  override async replace(token: AccountToken, tokenHash: string): Promise<void> {
    const others = this.tokens.filter(({ userId, purpose }) => userId !== token.userId || purpose !== token.purpose);
    this.tokens = [...others, { ...token, tokenHash }];
  }

  override async find(purpose: TokenPurpose, tokenHash: string): Promise<AccountToken | undefined> {
    const found = this.tokens.find((token) => token.purpose === purpose && token.tokenHash === tokenHash);
    if (!found || found.expiresAtMs <= this.clock.nowMs()) return undefined;
    const { userId, address, expiresAtMs } = found;
    return { userId, purpose, address, expiresAtMs };
  }

  override async consume(purpose: TokenPurpose, tokenHash: string): Promise<AccountToken | undefined> {
    const found = await this.find(purpose, tokenHash);
    const left = this.tokens.filter((token) => token.tokenHash !== tokenHash);
    const isMine = left.length < this.tokens.length;
    if (!found || !isMine) return undefined;
    this.tokens = left;
    return found;
  }

  override async voidAll(userId: number, purposes?: readonly TokenPurpose[]): Promise<void> {
    this.tokens = this.tokens.filter(
      (token) => token.userId !== userId || (purposes && !purposes.includes(token.purpose)),
    );
  }

  override async prune(beforeMs: number): Promise<number> {
    const before = this.tokens.length;
    this.tokens = this.tokens.filter(({ expiresAtMs }) => expiresAtMs >= beforeMs);
    return before - this.tokens.length;
  }
}
