import { aNewUser } from '../../test/user-repository.conformance.js';
import { sessionWorld } from '../../test/session-world.js';
import { GrantRights } from './grant-rights.js';
import { RolePermissions } from './role-permissions.js';

async function aWorld() {
  const world = sessionWorld();
  const { users, sessions, revocations } = world;
  const permissions = new RolePermissions({
    roles: async () => [{ name: 'user', permissions: ['orders:read'], isBuiltIn: true, updatedAtMs: 0 }],
  });
  const grant = new GrantRights(permissions, users, revocations, sessions);
  const user = await users.create(aNewUser());
  return { ...world, grant, user };
}

/** Everything here happens between the look at the user and the opening of the session. */
describe('a session that is being opened', () => {
  it('has the rights of its user', async () => {
    const { grant, user, open } = await aWorld();
    const rights = await grant.of(user);
    expect(rights).toEqual({ roles: ['user'], scope: 'orders:read', generation: 0 });
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session)).toEqual(session);
  });

  it('gets the new rights when they change meanwhile', async () => {
    const { grant, user, users, revocations, open } = await aWorld();
    const rights = await grant.of(user);
    await users.change(user.id, { roles: ['user', 'support'] });
    const entry = { id: 'r-1', scope: 'sub', value: String(user.id), cutoff: 1, untilMs: 9e12 } as const;
    await revocations.add([{ entry: { ...entry, reason: 'role_changed' }, userId: user.id }]);
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session)).toMatchObject({ id: session.id, roles: ['user', 'support'], generation: 1 });
  });

  it('is ended again when all sessions were ended meanwhile', async () => {
    const { grant, user, open, endUserSessions, sessions } = await aWorld();
    const rights = await grant.of(user);
    await endUserSessions.run({ userId: user.id, reason: 'password_changed' });
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session)).toBeUndefined();
    expect(await sessions.find(user.id, session.id)).toBeUndefined();
  });

  it('is ended again when an end of all sessions has begun meanwhile, of which no entry tells yet', async () => {
    const { grant, user, users, open, sessions } = await aWorld();
    const rights = await grant.of(user);
    await users.change(user.id, { raiseGeneration: true });
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session)).toBeUndefined();
    expect(await sessions.list(user.id)).toEqual([]);
    // Whoever looked after it began comes after it.
    const { session: later } = await open({ userId: user.id, ...(await grant.of((await users.findById(user.id))!)) });
    expect(await grant.confirm(later)).toEqual(later);
  });

  it('is ended again when a new password was demanded meanwhile, though the old one was right', async () => {
    const { grant, user, users, open, sessions } = await aWorld();
    const rights = await grant.of(user);
    await users.change(user.id, { mustResetPassword: true });
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session, user)).toBeUndefined();
    expect(await sessions.list(user.id)).toEqual([]);
  });

  it('is ended again when its password was changed meanwhile, which raises no generation', async () => {
    const { grant, user, users, open, sessions } = await aWorld();
    const rights = await grant.of(user);
    await users.change(user.id, { passwordHash: 'another', passwordChangedAtMs: 1 });
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session)).toEqual(session);
    expect(await grant.confirm(session, user)).toBeUndefined();
    expect(await sessions.find(user.id, session.id)).toBeUndefined();
  });

  it('is ended again when its user was disabled or erased meanwhile', async () => {
    const { grant, user, users, open, sessions } = await aWorld();
    const rights = await grant.of(user);
    await users.change(user.id, { disabledAtMs: 1 });
    const { session } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(session)).toBeUndefined();
    await users.remove(user.id);
    const { session: other } = await open({ userId: user.id, ...rights });
    expect(await grant.confirm(other)).toBeUndefined();
    expect(await sessions.list(user.id)).toEqual([]);
  });
});
