import { DatabaseUnavailable } from '@gatehouse/failures';
import { sessionWorld } from '../../test/session-world.js';
import { SessionExpired } from '../access/access.errors.js';
import { MemoryUserRepository } from '../users/adapters/memory-user-repository.js';
import { canonicalEmail } from '../users/email-address.js';
import { ShowProfile } from './show-profile.js';

async function aWorld() {
  const world = sessionWorld();
  const users = new MemoryUserRepository(world.clock);
  const user = await users.create({
    email: 'Ada@example.test',
    emailCanonical: canonicalEmail('Ada@example.test'),
    passwordHash: 'hash',
    name: 'Ada',
    roles: ['user'],
  });
  const { session } = await world.open({ userId: user.id, email: user.email, roles: user.roles });
  return { ...world, users, user, session, profile: new ShowProfile(users) };
}

class AwayUsers extends MemoryUserRepository {
  override findById(): Promise<never> {
    return Promise.reject(new DatabaseUnavailable('away'));
  }
}

describe('a profile', () => {
  it('shows who one is, and no hash', async () => {
    const { profile, user, session } = await aWorld();
    expect(await profile.run(user.id, session)).toEqual({
      id: user.id,
      email: 'Ada@example.test',
      name: 'Ada',
      roles: ['user'],
      createdAtMs: user.createdAtMs,
      emailVerified: false,
      passwordChangedAtMs: null,
    });
  });

  it('shows what the session knows while the database is away', async () => {
    const { user, session, clock } = await aWorld();
    expect(await new ShowProfile(new AwayUsers(clock)).run(user.id, session)).toEqual({
      id: user.id,
      email: 'Ada@example.test',
      name: undefined,
      roles: ['user'],
      createdAtMs: undefined,
      emailVerified: undefined,
      passwordChangedAtMs: undefined,
    });
  });

  it('is not there while nobody knows', async () => {
    const { user, clock } = await aWorld();
    await expect(new ShowProfile(new AwayUsers(clock)).run(user.id, undefined)).rejects.toThrow(DatabaseUnavailable);
  });

  it('is not there for an account that is gone', async () => {
    const { profile, session } = await aWorld();
    await expect(profile.run(999_999, session)).rejects.toThrow(SessionExpired);
  });
});
