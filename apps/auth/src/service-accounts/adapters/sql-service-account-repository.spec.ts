import { randomHex } from '@gatehouse/kernel';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import { SqlUsedAssertions } from '../../oauth/clients/adapters/sql-used-assertions.js';
import { changeAccount } from '../change-account.js';
import type { ServiceAccount } from '../service-account.js';
import { ServiceAccountBusy, ServiceAccountNotFound } from '../service-accounts.errors.js';
import { SqlServiceAccountRepository } from './sql-service-account-repository.js';

function anAccount(given: Partial<ServiceAccount> = {}): ServiceAccount {
  return {
    clientId: `svc_${randomHex(12)}`,
    name: 'Berichte 🦊',
    roles: ['reporter'],
    scopes: ['orders:read'],
    audiences: ['gatehouse'],
    secrets: [{ id: randomHex(8), hash: randomHex(32), createdAtMs: 1, expiresAtMs: null }],
    keys: [],
    disabledAtMs: null,
    tokensEndedUpTo: 0,
    createdAtMs: 1_700_000_000_000,
    version: 0,
    ...given,
  };
}

describe.each(databases)('service accounts in %s', (_name, fresh) => {
  let instances: Database[];
  let accounts: SqlServiceAccountRepository;
  let others: SqlServiceAccountRepository;
  beforeAll(async () => {
    const open = await fresh();
    const [first, second] = [await open(), await open()];
    instances = [first, second];
    accounts = new SqlServiceAccountRepository(first.dataSource);
    others = new SqlServiceAccountRepository(second.dataSource);
  });

  it('come back as they were added', async () => {
    const account = anAccount({ keys: [{ kty: 'EC', crv: 'P-256', x: 'x', y: 'y', alg: 'ES256', use: 'sig' }] });
    await accounts.add(account);
    expect(await others.find(account.clientId)).toEqual(account);
    for (const id of [`${account.clientId} `, account.clientId.toUpperCase(), 'svc_', '', '%']) {
      expect(await accounts.find(id)).toBeUndefined();
    }
    await expect(accounts.find(0 as never)).rejects.toThrow(TypeError);
  });

  it('are put in place of what they were made from, and of nothing else', async () => {
    const account = anAccount();
    await accounts.add(account);
    expect(await accounts.replace({ ...account, name: 'first', disabledAtMs: 5, tokensEndedUpTo: 9 })).toBe(true);
    expect(await others.replace({ ...account, name: 'second' })).toBe(false);
    expect(await accounts.find(account.clientId)).toEqual({
      ...account,
      name: 'first',
      disabledAtMs: 5,
      tokensEndedUpTo: 9,
      version: 1,
    });
    expect(await accounts.replace(anAccount())).toBe(false);
  });

  it('lose no change when two instances change one at once', async () => {
    const account = anAccount({ roles: [] });
    await accounts.add(account);
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((role, n) =>
        changeAccount(n % 2 ? accounts : others, account.clientId, (before) => ({
          ...before,
          roles: [...before.roles, role],
        })),
      ),
    );
    const kept = (await accounts.find(account.clientId))?.roles ?? [];
    // Whoever lost five times in a row was told so; whoever was told that it worked finds it.
    const told = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(kept).toHaveLength(told);
    expect(told).toBeGreaterThanOrEqual(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(ServiceAccountBusy);
    }
    await expect(changeAccount(accounts, 'svc_nobody', (same) => same)).rejects.toBeInstanceOf(ServiceAccountNotFound);
  });

  it('are listed in pages, and gone once removed', async () => {
    for (let i = 0; i < 3; i++) await accounts.add(anAccount());
    const all = await accounts.page('', 100);
    expect(all.length).toBeGreaterThanOrEqual(3);
    const ids = all.map(({ clientId }) => clientId);
    expect([...ids].sort()).toEqual(ids);
    const paged: string[] = [];
    for (let last = ''; ; last = paged.at(-1) ?? '') {
      const page = await accounts.page(last, 2);
      paged.push(...page.map(({ clientId }) => clientId));
      if (page.length < 2) break;
    }
    expect(paged).toEqual(ids);
    expect(await accounts.remove(ids[0]!)).toBe(true);
    expect(await others.remove(ids[0]!)).toBe(false);
    expect(await others.find(ids[0]!)).toBeUndefined();
  });

  it('keep a proof to one use over all instances, until it is forgotten', async () => {
    const used = instances.map(({ dataSource }) => new SqlUsedAssertions(dataSource));
    const use = (n: number, jti: string, untilMs = 2_000) => used[n % 2]!.useOnce('svc_a', jti, untilMs);
    const outcomes = await Promise.all(Array.from({ length: 20 }, (_, n) => use(n, 'one')));
    expect(outcomes.filter(Boolean)).toHaveLength(1);
    expect(await used[0]!.useOnce('svc_b', 'one', 2_000)).toBe(true);
    // Parts that run together are two all the same.
    expect(await used[0]!.useOnce('svc_', 'aone', 2_000)).toBe(true);
    await used[1]!.prune(2_000);
    expect(await use(0, 'one')).toBe(false);
    await used[1]!.prune(2_001);
    expect(await use(0, 'one')).toBe(true);
  });
});
