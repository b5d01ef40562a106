import { SystemClock } from '@gatehouse/kernel';
import { SqlRevocationOutbox } from '@gatehouse/revocation-log/sql';
import { type Database, schemaDrift } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import { aNewUser } from '../../../test/user-repository.conformance.js';
import { SqlUserRepository } from '../../users/adapters/sql-user-repository.js';
import { permissionsOf } from '../permissions.js';
import { SqlRightsStore } from './sql-rights-store.js';

const clock = new SystemClock();
const mark = (revocationId: string) => ({ revocationId, untilMs: 9e12 });
const roleChanged = (id: string) => ({ ...mark(id), reason: 'role_changed' as const });

describe.each(databases)('rights in %s', (_name, fresh) => {
  let database: Database;
  let open: () => Promise<Database>;
  let store: SqlRightsStore;
  let users: SqlUserRepository;
  let outbox: SqlRevocationOutbox;
  let made = 0;

  beforeAll(async () => {
    open = await fresh();
    database = await open();
    store = new SqlRightsStore(database.dataSource, clock);
    users = new SqlUserRepository(database.dataSource, clock);
    outbox = new SqlRevocationOutbox(database.dataSource, clock);
  });

  const aUser = (...roles: string[]) => users.create(aNewUser({ roles: ['user', ...roles] }));
  const id = () => `r-${++made}`;
  const entriesOf = async (userId: number) =>
    (await outbox.page({ limit: 10, scope: 'sub', value: String(userId) })).map(({ entry }) => entry.cutoff);

  it('begins with roles for people, administrators and support, and tables as the entities say', async () => {
    const roles = await store.roles();
    expect(roles.map(({ name, isBuiltIn }) => [name, isBuiltIn])).toEqual([
      ['admin', true],
      ['support', true],
      ['user', true],
    ]);
    expect(permissionsOf(['support'], roles)).toEqual(['admin:sessions:read', 'admin:users:read']);
    expect(permissionsOf(['user'], roles)).toEqual([]);
    expect(permissionsOf(['admin'], roles)).toContain('admin:keys');
    expect(await schemaDrift(database.dataSource)).toEqual([]);
  });

  it('commits other roles together with the entry that makes the old tokens stale', async () => {
    const user = await aUser();
    const outcome = await store.changeUser(user.id, { roles: ['user', 'support'] }, roleChanged(id()));
    expect(outcome).toMatchObject({ kind: 'changed', after: { roles: ['user', 'support'], tokenGeneration: 1 } });
    expect(await users.findById(user.id)).toMatchObject({ roles: ['user', 'support'], tokenGeneration: 1 });
    expect(await entriesOf(user.id)).toEqual([1]);
  });

  it('leaves everything as it is when nothing would change', async () => {
    const user = await aUser('support');
    const outcome = await store.changeUser(user.id, { roles: ['support', 'user'] }, roleChanged(id()));
    expect(outcome).toMatchObject({ kind: 'unchanged' });
    expect(await entriesOf(user.id)).toEqual([]);
  });

  it('gives no role that is not defined, but lets one go that somebody has', async () => {
    const user = await aUser('bygone');
    expect(await store.changeUser(user.id, { roles: ['user', 'nobody-knows'] }, roleChanged(id()))).toEqual({
      kind: 'unknown-role',
    });
    expect(await store.changeUser(user.id, { roles: ['bygone'] }, roleChanged(id()))).toMatchObject({
      kind: 'changed',
    });
    expect(await store.changeUser(user.id, { roles: ['user'] }, roleChanged(id()))).toMatchObject({ kind: 'changed' });
  });

  it('always leaves an administrator who can sign in, whatever many do at once', async () => {
    const instances = _name === 'SQLite' ? [database, database, database] : [database, await open(), await open()];
    const stores = instances.map(({ dataSource }) => new SqlRightsStore(dataSource, clock));
    const admins = await Promise.all(Array.from({ length: 5 }, () => aUser('admin')));
    const outcomes = await Promise.all([
      stores[0]!.changeUser(admins[0]!.id, { roles: ['user'] }, roleChanged(id())),
      stores[1]!.changeUser(admins[1]!.id, { disabledAtMs: 1 }, roleChanged(id())),
      stores[2]!.removeUser(admins[2]!.id, mark(id())),
      stores[0]!.scheduleErasure(admins[3]!.id, 1),
      stores[1]!.scheduleErasure(admins[4]!.id, 1),
    ]);
    expect(outcomes.filter(({ kind }) => kind === 'last-admin')).toHaveLength(1);
    const left = admins[outcomes.findIndex(({ kind }) => kind === 'last-admin')]!;
    const asBefore = { roles: ['user', 'admin'], disabledAtMs: null, eraseAtMs: null };
    expect(await users.findById(left.id)).toMatchObject(asBefore);
  });

  it('sets the day of an erasure once, and for somebody who is there', async () => {
    const user = await aUser();
    expect(await store.scheduleErasure(user.id, 1_000)).toEqual({ kind: 'set', eraseAtMs: 1_000 });
    expect(await store.scheduleErasure(user.id, 2_000)).toEqual({ kind: 'set', eraseAtMs: 1_000 });
    expect(await users.findById(user.id)).toMatchObject({ eraseAtMs: 1_000, tokenGeneration: 0 });
    expect(await store.scheduleErasure(9_999_999, 1_000)).toEqual({ kind: 'unknown-user' });
  });

  it('does not count a role whose name only looks like another', async () => {
    await store.createRole('x-admin_', []);
    await store.createRole('x_admin_', []);
    await aUser('x-admin_');
    expect(await store.removeRole('x_admin_')).toBe('removed');
    expect(await store.removeRole('x-admin_')).toBe('held');
    expect(await store.removeRole('admin')).toBe('built-in');
    expect(await store.removeRole('nobody-knows')).toBe('unknown-role');
  });

  it('gives everybody who holds a role a new generation when its permissions change, and nobody else', async () => {
    await store.createRole('refunds', ['orders:refund']);
    expect(await store.createRole('refunds', [])).toBeUndefined();
    const [holder, other] = [await aUser('refunds'), await aUser()];
    const outcome = await store.changePermissions('refunds', ['orders:read'], mark(id()));
    expect(outcome).toMatchObject({ kind: 'changed', role: { permissions: ['orders:read'] } });
    expect((await users.findById(holder.id))!.tokenGeneration).toBe(1);
    expect(await entriesOf(holder.id)).toEqual([1]);
    expect((await users.findById(other.id))!.tokenGeneration).toBe(0);
    expect(await store.changePermissions('refunds', ['orders:read'], mark(id()))).toMatchObject({ kind: 'unchanged' });
    expect(await store.changePermissions('nobody-knows', [], mark(id()))).toEqual({ kind: 'unknown-role' });
  });

  it('refuses every token of somebody who is removed', async () => {
    const user = await aUser();
    expect(await store.removeUser(user.id, mark(id()))).toMatchObject({ kind: 'changed' });
    expect(await users.findById(user.id)).toBeUndefined();
    expect(await entriesOf(user.id)).toEqual([Number.MAX_SAFE_INTEGER]);
    expect(await store.removeUser(user.id, mark(id()))).toEqual({ kind: 'unknown-user' });
  });
});
