import { FakeClock } from '@gatehouse/kernel/testing';
import { databases } from '../../test/databases.js';
import { describeMailOutbox } from '../../test/mail-outbox.conformance.js';
import type { MailMessageRow } from './adapters/mail-message.entity.js';
import { MemoryMailOutbox } from './adapters/memory-mail-outbox.js';
import { SqlMailOutbox } from './adapters/sql-mail-outbox.js';

describeMailOutbox('memory', async () => {
  const clock = new FakeClock();
  return { clock, outboxes: [new MemoryMailOutbox(clock)] };
});

for (const [name, fresh] of databases) {
  describeMailOutbox(name, async () => {
    const open = await fresh();
    const clock = new FakeClock();
    const instances = await Promise.all(name === 'SQLite' ? [open()] : [open(), open(), open()]);
    return { clock, outboxes: instances.map(({ dataSource }) => new SqlMailOutbox(dataSource, clock)) };
  });

  it(`a finished order in ${name} names nobody any more`, async () => {
    const { dataSource } = await (await fresh())();
    const outbox = new SqlMailOutbox(dataSource, new FakeClock());
    await outbox.put({ kind: 'reset_password', address: 'ada@example.test', ipAddress: '192.0.2.1', requestId: 'r-1' });
    const [order] = await outbox.take(1, 1_000);
    await outbox.finish(order!.id, 'sent');
    const [row] = await dataSource.getRepository<MailMessageRow>('MailMessage').find();
    expect(row).toMatchObject({ address: null, ipAddress: null, requestId: null, outcome: 'sent' });
    expect(JSON.stringify(row)).not.toMatch(/ada|192\.0/);
  });
}
