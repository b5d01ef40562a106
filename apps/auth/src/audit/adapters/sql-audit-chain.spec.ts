import { createHash, randomBytes } from 'node:crypto';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { Database } from '@gatehouse/sql';
import { databases, type OpenAgain } from '../../../test/databases.js';
import { canonicalForm, ChainSealer, GENESIS_HASH, hashOf } from '../chain.js';
import { newRowOf } from '../new-row.js';
import { VerifyAuditLog } from '../verify/verify-audit-log.js';
import type { AuditEventRow } from './audit-event.entity.js';
import { SqlAuditChain } from './sql-audit-chain.js';
import { SqlAuditChainReader } from './sql-audit-chain-reader.js';

const DAY_MS = 86_400_000;

it('hashes a documented form: whoever has the rows can check them without our code', () => {
  const row = {
    seq: 2,
    prevHash: GENESIS_HASH,
    eventId: '00000000-0000-4000-8000-000000000001',
    kind: 'roles.changed',
    userId: 7,
    actorId: 1,
    clientId: null,
    sessionId: null,
    ipAddress: '192.0.2.1',
    requestId: 'r-"1"',
    details: '{"added":"admin"}',
    occurredAtMs: 1_768_473_000_000,
    witnessed: 1,
  };
  const form =
    '{"actor_id":1,"client_id":null,"details":"{\\"added\\":\\"admin\\"}","event_id":"00000000-0000-4000-8000-000000000001",' +
    '"ip_address":"192.0.2.1","kind":"roles.changed","occurred_at_ms":1768473000000,' +
    `"prev_hash":"${GENESIS_HASH}","request_id":"r-\\"1\\"","seq":2,"session_id":null,"user_id":7,"v":1,"witnessed":1}`;
  expect(canonicalForm(row)).toBe(form);
  expect(Object.keys(JSON.parse(form) as object)).toEqual(Object.keys(JSON.parse(form) as object).sort());
  expect(hashOf(row)).toBe(createHash('sha256').update(form).digest('hex'));
});

describe.each(databases)('the chain in %s', (_name, fresh) => {
  const key = randomBytes(32);
  let open: OpenAgain;
  let database: Database;
  let clock: FakeClock;
  const aChain = (on = database, masterKey = key, other?: Buffer) =>
    new SqlAuditChain(on.dataSource, new ChainSealer(masterKey, other), clock);
  const verified = (masterKey = key) =>
    new VerifyAuditLog(new SqlAuditChainReader(database.dataSource), new ChainSealer(masterKey)).run();
  const events = (count: number, from = 1) =>
    Array.from({ length: count }, (_, n) => newRowOf({ kind: 'signout', userId: from + n }, clock.nowMs()));
  const rows = () => database.dataSource.getRepository<AuditEventRow>('AuditEvent').find({ order: { seq: 'ASC' } });
  const sql = (statement: string, ...values: unknown[]) => database.dataSource.query(statement, values);

  beforeEach(async () => {
    open = await fresh();
    database = await open();
    clock = new FakeClock();
  });
  afterEach(() => database.close());

  it('links each event to the one before', async () => {
    const chain = aChain();
    await chain.append(events(3));
    await chain.append(events(2, 4));
    const linked = await rows();
    expect(linked.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(linked.map(({ prevHash }) => prevHash)).toEqual([
      GENESIS_HASH,
      ...linked.slice(0, 4).map(({ hash }) => hash),
    ]);
    expect(await verified()).toMatchObject({ intact: true, complete: true, checked: 5, head: { seq: 5 } });
  });

  it('does not fork, lose or repeat when eight instances write at once', async () => {
    const instances = await Promise.all(Array.from({ length: 8 }, () => open()));
    const startedMs = performance.now();
    await Promise.all(
      instances.map(async (instance, n) => {
        const chain = aChain(instance);
        for (let batch = 0; batch < 5; batch++) {
          const again = events(25, 1 + n * 125 + batch * 25);
          // An instance that loses the race for the lock three times is told so, and tries again, as the log does.
          for (let attempt = 0; ; attempt++) {
            try {
              await chain.append(again, { mayBeThere: attempt > 0 });
              break;
            } catch (error) {
              if (attempt === 20) throw error;
            }
          }
        }
      }),
    );
    expect(performance.now() - startedMs).toBeLessThan(20_000);
    await Promise.all(instances.map((instance) => instance.close()));
    const users = (await rows()).map(({ userId }) => Number(userId));
    expect(users.sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1));
    expect(await verified()).toMatchObject({ intact: true, checked: 1_000, head: { seq: 1_000 } });
  }, 60_000);

  it('may be looked at before anything is in it', async () => {
    const chain = aChain();
    expect((await chain.append([])).flaw).toBeUndefined();
    expect((await chain.append([])).flaw).toBeUndefined();
    expect((await chain.append(events(1))).flaw).toBeUndefined();
    expect(await verified()).toMatchObject({ intact: true, checked: 1, flaws: [] });
  });

  it('leaves nothing of a batch of which one event cannot be written', async () => {
    const chain = aChain();
    await chain.append(events(1));
    const [one, other] = events(2, 2);
    await expect(chain.append([one!, { ...other!, eventId: one!.eventId }])).rejects.toThrow();
    expect(await verified()).toMatchObject({ intact: true, checked: 1 });
  });

  describe('rows of a version that knew of no chain', () => {
    const addOld = (userId: number) =>
      sql(
        'INSERT INTO audit_events (kind, user_id, occurred_at_ms) VALUES (?, ?, ?)',
        'signout',
        userId,
        clock.nowMs(),
      );

    it('get a place in the chain, in their order, and are marked as found rather than written', async () => {
      const chain = aChain();
      await chain.append(events(2));
      for (const userId of [11, 12, 13]) await addOld(userId);
      expect(await verified()).toMatchObject({ intact: true, checked: 2, unlinked: 3 });
      expect(await chain.adopt()).toBe(3);
      expect(await chain.adopt()).toBe(0);
      await chain.append(events(1, 20));
      const linked = await rows();
      expect(linked.map(({ userId, witnessed }) => [userId, witnessed])).toEqual([
        [1, 1],
        [2, 1],
        [11, 0],
        [12, 0],
        [13, 0],
        [20, 1],
      ]);
      expect(await verified()).toMatchObject({ intact: true, checked: 6, adopted: 3, unlinked: 0 });
    });

    it('are not a way to put an event into a damaged chain', async () => {
      const chain = aChain();
      await chain.append(events(2));
      await sql('DELETE FROM audit_events WHERE seq = 2');
      await addOld(11);
      expect(await chain.adopt()).toBe(0);
      expect(await chain.prune(clock.nowMs() + 1)).toBe(0);
      expect(await verified()).toMatchObject({ intact: false, fault: { seq: 2, what: 'truncated' } });
    });
  });

  describe('retention', () => {
    it('removes the oldest, and what is left still hangs together', async () => {
      const chain = aChain();
      await chain.append(events(600));
      clock.advance(10 * DAY_MS);
      await chain.append(events(5, 601));
      const beforeMs = clock.nowMs() - 5 * DAY_MS;
      expect([await chain.prune(beforeMs), await chain.prune(beforeMs), await chain.prune(beforeMs)]).toEqual([
        500, 100, 0,
      ]);
      expect((await rows()).map(({ seq }) => seq)).toEqual([601, 602, 603, 604, 605]);
      expect(await verified()).toMatchObject({ intact: true, checked: 5, head: { prunedSeq: 600, seq: 605 } });
      await chain.append(events(1, 700));
      expect(await verified()).toMatchObject({ intact: true, checked: 6 });
    });

    it('may remove everything, and the chain goes on from there', async () => {
      const chain = aChain();
      await chain.append(events(3));
      expect(await chain.prune(clock.nowMs() + 1)).toBe(3);
      expect(await verified()).toMatchObject({ intact: true, checked: 0 });
      await chain.append(events(1, 4));
      expect(await verified()).toMatchObject({ intact: true, checked: 1, head: { seq: 4, prunedSeq: 3 } });
    });

    it('does nothing twice when two instances remove at once', async () => {
      await aChain().append(events(900));
      const other = await open();
      const counts = await Promise.all([database, other].map((on) => aChain(on).prune(clock.nowMs() + 1)));
      await other.close();
      expect(counts.reduce((sum, count) => sum + count)).toBe(900);
      expect(await verified()).toMatchObject({ intact: true, head: { prunedSeq: 900 } });
    });

    it('is no way to hide an end that was cut off', async () => {
      const chain = aChain();
      await chain.append(events(3));
      await sql('DELETE FROM audit_events WHERE seq = 1');
      expect(await verified()).toMatchObject({ intact: false, fault: { seq: 1, what: 'removed' } });
    });
  });

  describe('a chain whose end was damaged', () => {
    it.each([
      ['the newest event is gone', 'DELETE FROM audit_events WHERE seq = 5', 'tail_removed'],
      ['all events are gone', 'DELETE FROM audit_events', 'tail_removed'],
      [
        'the newest event has another hash',
        `UPDATE audit_events SET hash = '${'a'.repeat(64)}' WHERE seq = 5`,
        'tail_removed',
      ],
      ['an event stands beyond the end', `UPDATE audit_events SET seq = 6 WHERE seq = 4`, 'tail_added'],
      ['the end was moved back', 'UPDATE audit_chain SET seq = 4', 'seal_broken'],
      ['the end was taken away', 'DELETE FROM audit_chain', 'seal_broken'],
      ['the start was moved', 'UPDATE audit_chain SET pruned_seq = 2', 'seal_broken'],
      ['the seal was taken off', 'UPDATE audit_chain SET seal = NULL', 'seal_broken'],
    ])('goes on, and tells so for ever: %s', async (_what, damage, found) => {
      await aChain().append(events(5));
      await sql(damage);
      const chain = aChain();
      expect(await chain.append(events(1, 6))).toMatchObject({ flaw: found });
      expect(await chain.append(events(1, 7))).toMatchObject({ flaw: undefined });
      const written = (await rows()).slice(-3);
      expect(written.map(({ kind, userId }) => [kind, userId])).toEqual([
        ['audit.tampered', null],
        ['signout', 6],
        ['signout', 7],
      ]);
      expect(JSON.parse(written[0]!.details!)).toEqual({ found });
      expect((await verified()).intact).toBe(false);
    });

    it('is noticed by a running instance though an older end was put back with its own seal', async () => {
      const chain = aChain();
      await chain.append(events(3));
      const [old] = (await sql('SELECT * FROM audit_chain')) as [{ seq: number; hash: string; seal: string }];
      await chain.append(events(2, 4));
      await sql('DELETE FROM audit_events WHERE seq > 3');
      await sql('UPDATE audit_chain SET seq = ?, hash = ?, seal = ?', old.seq, old.hash, old.seal);
      expect(await verified()).toMatchObject({ intact: true });
      expect(await chain.append([])).toMatchObject({ flaw: 'rewound' });
      expect(await verified()).toMatchObject({ intact: false, flaws: [{ seq: 4 }] });
    });

    it('is noticed by a running instance though another has gone on from there', async () => {
      const chain = aChain();
      await chain.append(events(3));
      const [old] = (await sql('SELECT * FROM audit_chain')) as [{ seq: number; hash: string; seal: string }];
      await chain.append(events(2, 4));
      await sql('DELETE FROM audit_events WHERE seq > 3');
      await sql('UPDATE audit_chain SET seq = ?, hash = ?, seal = ?', old.seq, old.hash, old.seal);
      await aChain().append(events(9, 50));
      expect(await chain.append([])).toMatchObject({ flaw: 'rewound' });
    });

    it('is not what two instances see in each other’s work', async () => {
      const [one, other] = [aChain(), aChain()];
      for (let n = 0; n < 5; n++) {
        expect((await one.append(events(2))).flaw).toBeUndefined();
        expect((await other.append(events(2))).flaw).toBeUndefined();
      }
      await other.prune(clock.nowMs() + 1);
      expect((await one.append([])).flaw).toBeUndefined();
    });
  });

  it('takes a change of the master key for what it is, while both are known', async () => {
    const next = randomBytes(32);
    await aChain().append(events(2));
    expect((await aChain(database, next, key).append([])).flaw).toBeUndefined();
    expect(await verified(next)).toMatchObject({ intact: true });
    expect((await aChain(database, next).append(events(1, 3))).flaw).toBeUndefined();
    expect(await verified(key)).toMatchObject({ intact: false, fault: { what: 'seal_broken' } });
  });
});
