import { DatabaseUnavailable } from '@gatehouse/failures';
import { sessionWorld } from '../../../test/session-world.js';
import { aNewUser } from '../../../test/user-repository.conformance.js';
import type { EndUserSessions } from '../../revocations/end-user-sessions.js';
import { MemoryUserRepository } from '../../users/adapters/memory-user-repository.js';
import { PersonalRecordsBook } from '../personal-records/personal-records.js';
import { SignInConditions } from '../sign-in-conditions.js';
import { EraseAccounts } from './erase-accounts.js';

const DAY_MS = 86_400_000;

async function aWorld() {
  const { clock, audit } = sessionWorld();
  const users = new MemoryUserRepository(clock);
  const user = await users.create(aNewUser());
  await users.change(user.id, { eraseAtMs: clock.nowMs() + DAY_MS });
  const ended: number[] = [];
  const endSessions = {
    run: async ({ userId }: { userId: number }) => {
      ended.push(userId);
      return { revocationId: 'r', ended: 1 };
    },
  } as unknown as EndUserSessions;
  const forgotten: number[] = [];
  const book = new PersonalRecordsBook();
  book.add({
    section: 'things',
    about: async () => undefined,
    forget: async (userId) => void forgotten.push(userId),
  });
  const erase = new EraseAccounts(users, endSessions, book, audit, clock);
  const conditions = new SignInConditions(users, audit, false);
  return { clock, audit, users, user, ended, forgotten, book, erase, conditions };
}

describe('the erasure of accounts', () => {
  it('takes those whose day has come: sessions first, what rooms hold next, the user last', async () => {
    const { erase, users, user, clock, ended, forgotten, audit } = await aWorld();
    const staying = await users.create(aNewUser());
    expect(await erase.run()).toBe(0);
    clock.advance(DAY_MS);
    expect(await erase.run()).toBe(1);
    expect([ended, forgotten]).toEqual([[user.id], [user.id]]);
    expect(await users.findById(user.id)).toBeUndefined();
    expect(await users.findById(staying.id)).toBeDefined();
    expect(audit.events).toEqual([{ kind: 'account.erased', userId: user.id }]);
  });

  it('leaves alone whoever has signed in since it looked', async () => {
    const { erase, users, user, clock, conditions, forgotten } = await aWorld();
    clock.advance(DAY_MS);
    const stale = await users.page({ limit: 10, eraseBeforeMs: clock.nowMs() });
    await conditions.keep(stale[0]!, { ipAddress: '192.0.2.1', requestId: 'r' });
    jest.spyOn(users, 'page').mockResolvedValueOnce(stale);
    expect(await erase.run()).toBe(0);
    expect(forgotten).toEqual([]);
    expect(await users.findById(user.id)).toMatchObject({ eraseAtMs: null, disabledAtMs: null });
  });

  it('is made up for by the next round when it breaks off half way', async () => {
    const { erase, users, user, clock, audit, book } = await aWorld();
    clock.advance(DAY_MS);
    jest.spyOn(book, 'forget').mockRejectedValueOnce(new DatabaseUnavailable('away'));
    await expect(erase.run()).rejects.toThrow(DatabaseUnavailable);
    // Nobody signs in to what is half gone.
    expect(await users.findById(user.id)).toMatchObject({ disabledAtMs: clock.nowMs() });
    expect(await erase.run()).toBe(1);
    expect(audit.events).toHaveLength(1);
  });

  it('goes through all of them, however many', async () => {
    const { erase, users, clock } = await aWorld();
    for (let n = 0; n < 120; n++) {
      const { id } = await users.create(aNewUser());
      await users.change(id, { eraseAtMs: 1 });
    }
    clock.advance(DAY_MS);
    expect(await erase.run()).toBe(121);
  });
});
