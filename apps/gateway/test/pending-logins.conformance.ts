import { randomBytes } from 'node:crypto';
import type { PendingLogin, PendingLogins } from '../src/sessions/pending-logins.port.js';

const random = () => randomBytes(32).toString('base64url');

export function aPendingLogin(): PendingLogin {
  return {
    transaction: {
      provider: 'entra',
      state: random(),
      nonce: random(),
      codeVerifier: random(),
      redirectUri: 'https://app.test/_gw/callback/entra',
      startedAtMs: 1_767_225_600_000,
    },
    returnTo: '/api/orders?page=2',
    browserHash: random(),
  };
}

/** What every keeper of logins under way owes. */
export function describePendingLogins(name: string, make: () => Promise<PendingLogins>): void {
  describe(`pending logins in ${name}`, () => {
    let logins: PendingLogins;
    beforeAll(async () => {
      logins = await make();
    });

    it('gives a login out once, however many come back with its state (O1)', async () => {
      const login = aPendingLogin();
      await logins.keep(login);
      const taken = await Promise.all([1, 2, 3, 4].map(() => logins.take(login.transaction.state)));
      expect(taken.filter((one) => one !== undefined)).toEqual([login]);
      expect(await logins.take(login.transaction.state)).toBeUndefined();
    });

    it('keeps logins of several tabs apart', async () => {
      const [one, other] = [aPendingLogin(), aPendingLogin()];
      await Promise.all([logins.keep(one), logins.keep(other)]);
      expect(await logins.take(other.transaction.state)).toEqual(other);
      expect(await logins.take(one.transaction.state)).toEqual(one);
    });

    it('knows no login that nobody began', async () => {
      for (const state of ['', 'unknown', '__proto__', '*', 'a'.repeat(5_000)]) {
        expect(await logins.take(state)).toBeUndefined();
      }
    });
  });
}
