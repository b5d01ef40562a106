import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import type { AccountToken, AccountTokenStore, TokenPurpose } from './account-token-store.port.js';

/** 32 bytes in base64url. */
const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/** Makes and takes back the single-use tokens that links in mail carry: 256 bits, of which only a hash is kept. */
export class AccountTokens {
  constructor(
    private readonly store: AccountTokenStore,
    private readonly clock: Clock,
  ) {}

  /** @returns the token; the person's earlier one for this purpose stops working. */
  async mint(userId: number, purpose: TokenPurpose, lifetimeMs: number, address?: string): Promise<string> {
    const text = randomBytes(32).toString('base64url');
    await this.store.replace({ userId, purpose, address, expiresAtMs: this.clock.nowMs() + lifetimeMs }, hashOf(text));
    return text;
  }

  /** Looks without using it up. */
  async find(purpose: TokenPurpose, text: string): Promise<AccountToken | undefined> {
    return TOKEN.test(text) ? this.store.find(purpose, hashOf(text)) : undefined;
  }

  /** Of any number of callers exactly one gets it. */
  async consume(purpose: TokenPurpose, text: string): Promise<AccountToken | undefined> {
    return TOKEN.test(text) ? this.store.consume(purpose, hashOf(text)) : undefined;
  }

  /** Makes one good again that was taken for nothing. */
  giveBack(token: AccountToken, text: string): Promise<void> {
    return this.store.replace(token, hashOf(text));
  }

  voidAll(userId: number, purposes?: readonly TokenPurpose[]): Promise<void> {
    return this.store.voidAll(userId, purposes);
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
