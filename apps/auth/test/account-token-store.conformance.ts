import { randomHex } from '@gatehouse/kernel';
import type { FakeClock } from '@gatehouse/kernel/testing';
import type { AccountTokenStore, TokenPurpose } from '../src/accounts/tokens/account-token-store.port.js';

export interface TokensUnderTest {
  readonly clock: FakeClock;
  /** Stores over the same tokens, as instances of the service have them; one where there can be only one. */
  readonly stores: readonly AccountTokenStore[];
}

/** What every {@link AccountTokenStore} promises. */
export function describeAccountTokenStore(name: string, set: () => Promise<TokensUnderTest>): void {
  describe(`account tokens in ${name}`, () => {
    let stores: readonly AccountTokenStore[];
    let store: AccountTokenStore;
    let clock: FakeClock;
    let lastUser = 0;
    beforeAll(async () => {
      ({ clock, stores } = await set());
      store = stores[0]!;
    });

    const aToken = (userId: number, purpose: TokenPurpose = 'reset_password') => ({
      userId,
      purpose,
      address: 'ada@example.test',
      expiresAtMs: clock.nowMs() + 1_000,
    });

    it('are found as long as they are good, and only for their purpose', async () => {
      const hash = randomHex(32);
      const token = aToken(++lastUser);
      await store.replace(token, hash);
      expect(await store.find('reset_password', hash)).toEqual(token);
      expect(await store.find('verify_email', hash)).toBeUndefined();
      expect(await store.consume('verify_email', hash)).toBeUndefined();
      clock.advance(1_000);
      expect(await store.find('reset_password', hash)).toBeUndefined();
      expect(await store.consume('reset_password', hash)).toBeUndefined();
    });

    it('are had by one of thirty who come at once', async () => {
      const hash = randomHex(32);
      await store.replace(aToken(++lastUser), hash);
      const got = await Promise.all(
        Array.from({ length: 30 }, (_, n) => stores[n % stores.length]!.consume('reset_password', hash)),
      );
      expect(got.filter(Boolean)).toHaveLength(1);
    });

    it('give way to a newer one for the same purpose', async () => {
      const [old, next, other] = [randomHex(32), randomHex(32), randomHex(32)];
      const userId = ++lastUser;
      await store.replace(aToken(userId), old);
      await store.replace(aToken(userId, 'export'), other);
      await store.replace(aToken(userId), next);
      expect(await store.find('reset_password', old)).toBeUndefined();
      expect(await store.find('reset_password', next)).toBeDefined();
      expect(await store.find('export', other)).toBeDefined();
    });

    it('are one, however many are made at once', async () => {
      const userId = ++lastUser;
      const hashes = Array.from({ length: 8 }, () => randomHex(32));
      await Promise.all(hashes.map((hash, n) => stores[n % stores.length]!.replace(aToken(userId), hash)));
      const found = await Promise.all(hashes.map((hash) => store.find('reset_password', hash)));
      expect(found.filter(Boolean)).toHaveLength(1);
    });

    it('end together, or those of some purposes', async () => {
      const [reset, verify] = [randomHex(32), randomHex(32)];
      const userId = ++lastUser;
      await store.replace(aToken(userId), reset);
      await store.replace(aToken(userId, 'verify_email'), verify);
      await store.voidAll(userId, ['reset_password']);
      expect(await store.find('reset_password', reset)).toBeUndefined();
      expect(await store.find('verify_email', verify)).toBeDefined();
      await store.voidAll(userId);
      expect(await store.find('verify_email', verify)).toBeUndefined();
    });

    it('are pruned when they have expired', async () => {
      await store.prune(clock.nowMs() + 10_000);
      const hash = randomHex(32);
      await store.replace(aToken(++lastUser), hash);
      expect(await store.prune(clock.nowMs())).toBe(0);
      clock.advance(2_000);
      expect(await store.prune(clock.nowMs())).toBe(1);
    });
  });
}
