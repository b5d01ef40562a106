import { FakeClock } from '@gatehouse/kernel/testing';
import { describeAccountTokenStore } from '../../../test/account-token-store.conformance.js';
import { databases } from '../../../test/databases.js';
import { AccountTokens } from './account-tokens.js';
import { MemoryAccountTokenStore } from './adapters/memory-account-token-store.js';
import { SqlAccountTokenStore } from './adapters/sql-account-token-store.js';

describeAccountTokenStore('memory', async () => {
  const clock = new FakeClock();
  return { clock, stores: [new MemoryAccountTokenStore(clock)] };
});

for (const [name, fresh] of databases) {
  describeAccountTokenStore(name, async () => {
    const open = await fresh();
    const clock = new FakeClock();
    const instances = await Promise.all(name === 'SQLite' ? [open()] : [open(), open(), open()]);
    return { clock, stores: instances.map(({ dataSource }) => new SqlAccountTokenStore(dataSource, clock)) };
  });

  it(`only a hash of a token is kept in ${name}`, async () => {
    const { dataSource } = await (await fresh())();
    const clock = new FakeClock();
    const tokens = new AccountTokens(new SqlAccountTokenStore(dataSource, clock), clock);
    const text = await tokens.mint(7, 'reset_password', 1_000, 'ada@example.test');
    // 256 bits.
    expect(Buffer.from(text, 'base64url')).toHaveLength(32);
    expect(JSON.stringify(await dataSource.getRepository('AccountToken').find())).not.toContain(text);
    expect(await tokens.find('reset_password', text)).toMatchObject({ userId: 7 });
  });
}
