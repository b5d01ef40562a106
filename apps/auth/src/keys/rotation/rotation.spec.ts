import { randomBytes } from 'node:crypto';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import { SwitchedKeyStore } from '../../../test/key-stores.js';
import { MemoryAuditLog } from '../../audit/adapters/memory-audit-log.js';
import { generateSecrets } from '../../config/embedded-secrets.js';
import { SqlSigningKeyStore } from '../adapters/sql-signing-key-store.js';
import { AnnounceWithdrawals } from './announce-withdrawals.js';
import { genuineBundle } from '../bundle/genuine-bundle.js';
import { KeyBundleOutlet, type PublishedBundle } from '../bundle/key-bundle-outlet.port.js';
import { KeyBundlePublisher } from '../bundle/key-bundle-publisher.js';
import { KeyDuties } from './key-duties.js';
import { KeyKeeper } from './key-keeper.js';
import { KeyRecord } from './key-record.js';
import { KeyRing, type NewerBundle } from '../signing/key-ring.js';
import { KeyUnknown, NextKeyTooYoung } from '../keys.errors.js';
import { LATE_SIGNING_MS } from './plan-key-change.js';
import { RootKey } from '../bundle/root-key.js';
import { RotateKeys } from './rotate-keys.js';
import { PrivateKeySealer } from '../signing/sealed-private-key.js';
import { WithdrawKey } from './withdraw-key.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SETTINGS = { rotateAfterMs: 30 * DAY, publishAheadMs: DAY, tokenSeconds: 900 };
const root = RootKey.parse(generateSecrets().rootSigningKey);
const sealer = new PrivateKeySealer(randomBytes(32));

/** Where validators look, for all instances of a test; keeps what was ever put there. */
class Board extends KeyBundleOutlet {
  readonly bundles: PublishedBundle[] = [];
  override async find(): Promise<NewerBundle | undefined> {
    const last = this.bundles.at(-1);
    return last && genuineBundle(last.text, [root.trustAnchor]);
  }
  override async put(bundle: PublishedBundle): Promise<void> {
    if (((await this.find())?.version ?? -1) < bundle.version) this.bundles.push(bundle);
  }
}

/** A feed whose database or Redis may be away. */
class Feed {
  readonly rows: OutboxRow[] = [];
  durableIn: 'database' | 'log' | 'nowhere' = 'database';
  async revoke(rows: readonly OutboxRow[]): Promise<{ durableIn: string }> {
    if (this.durableIn === 'nowhere') throw new DatabaseUnavailable('away');
    this.rows.push(...rows);
    return { durableIn: this.durableIn };
  }
  kids = () => this.rows.map(({ entry }) => entry.value);
}

function anInstance(database: Database, clock: FakeClock, board: Board, feed: Feed, settings = SETTINGS) {
  const store = new SwitchedKeyStore(new SqlSigningKeyStore(database.dataSource, sealer, clock));
  const ring = new KeyRing();
  const audit = new MemoryAuditLog();
  const facts = { issuer: 'i', audience: 'a', maxTokenSeconds: settings.tokenSeconds };
  const publisher: KeyBundlePublisher = new KeyBundlePublisher(ring, root, [board], facts, clock, {
    confirm: async () => void (await keeper.refresh()),
    onNewer: (bundle) => ring.heed(bundle),
  });
  const keeping = { bundleFacts: 'facts', tokenSeconds: settings.tokenSeconds };
  const keeper: KeyKeeper = new KeyKeeper(store, ring, publisher, keeping, clock, () => undefined);
  const record = new KeyRecord(audit);
  const rotate = new RotateKeys(store, keeper, publisher, settings, record);
  const announce = new AnnounceWithdrawals(store, feed, settings.tokenSeconds);
  const withdraw = new WithdrawKey(store, ring, keeper, announce, settings, record, clock);
  const duties = new KeyDuties(store, ring, rotate, withdraw, announce, settings, record);
  const round = async () => duties.run(await keeper.reload());
  const state = (kid: string) => ring.keys().find((key) => key.kid === kid)?.state;
  return { store, ring, audit, publisher, keeper, rotate, withdraw, announce, round, state };
}

const kinds = ({ audit }: { audit: MemoryAuditLog }) => audit.events.map(({ kind }) => kind);

describe('with the time in our hands', () => {
  let clock: FakeClock;
  let board: Board;
  let feed: Feed;
  let open: () => Promise<Database>;

  beforeEach(async () => {
    clock = new FakeClock();
    board = new Board();
    feed = new Feed();
    open = await databases.find(([name]) => name === 'SQLite')![1]();
  });

  const start = async (settings = SETTINGS) => {
    const instance = anInstance(await open(), clock, board, feed, settings);
    await instance.round();
    return instance;
  };

  it('the key that waits takes over after its time, and the old one stays published until its last token is gone', async () => {
    const one = await start();
    const [first, second] = [one.ring.active()!.kid, one.ring.published()[1]!.kid];
    clock.advance(30 * DAY - 1);
    await one.round();
    expect(one.ring.active()!.kid).toBe(first);

    clock.advance(1);
    await one.round();
    expect(one.ring.active()!.kid).toBe(second);
    expect(one.state(first)).toBe('retired');
    expect(one.ring.published()).toHaveLength(3);

    // Signed by an instance that was late, on its last tick, for the longest life, read by the slowest clock.
    clock.advance(LATE_SIGNING_MS + (900 + 60) * 1000);
    await one.round();
    await one.round();
    expect(one.state(first)).toBe('retired');
    clock.advance(60_000);
    await one.round();
    await one.round();
    expect(one.state(first)).toBeUndefined();
    expect((await one.store.past(9)).map(({ kid, ending }) => ({ kid, ending }))).toEqual([
      { kid: first, ending: 'expired' },
    ]);
  });

  it('nothing is rotated by itself where that is left to people', async () => {
    const one = await start({ ...SETTINGS, rotateAfterMs: 0 });
    const first = one.ring.active()!.kid;
    clock.advance(4_000 * DAY);
    await one.round();
    expect(one.ring.active()!.kid).toBe(first);
    await expect(one.rotate.run()).resolves.toMatchObject({ isOurs: true });
  });

  it('a key stays published as long as the longest token that was ever signed with it', async () => {
    const minutes = await start();
    const first = minutes.ring.active()!.kid;
    await start({ ...SETTINGS, tokenSeconds: 12 * 3_600 });
    clock.advance(30 * DAY);
    await minutes.round();
    clock.advance(12 * HOUR);
    await minutes.round();
    await minutes.round();
    expect(minutes.state(first)).toBe('retired');
  });

  it('no key signs before it has been published for long enough', async () => {
    const one = await start();
    clock.advance(DAY - 1);
    await expect(one.rotate.run()).rejects.toMatchObject({ code: 'CONFLICT', retryAfterSeconds: 1 });
    clock.advance(1);
    await one.rotate.run();
    await expect(one.rotate.run()).rejects.toThrow(NextKeyTooYoung);
  });

  it('a rotation is written down', async () => {
    const one = await start();
    clock.advance(DAY);
    await one.rotate.run({ actorId: 7 });
    expect(kinds(one)).toEqual(['key.retired', 'key.activated', 'key.created']);
    expect(one.audit.events[0]).toMatchObject({ actorId: 7 });
  });

  it('with the database away the keys go on signing, and a rotation waits', async () => {
    const one = await start();
    const first = one.ring.active()!.kid;
    one.store.away = true;
    clock.advance(40 * DAY);
    await expect(one.round()).rejects.toThrow(DatabaseUnavailable);
    await expect(one.rotate.run()).rejects.toThrow(DatabaseUnavailable);
    expect(one.ring.active()!.kid).toBe(first);
    one.store.away = false;
    await one.round();
    expect(one.ring.active()!.kid).not.toBe(first);
  });

  describe('a withdrawn key', () => {
    it('is gone at once: another signs, it is published no more, and the feed says so', async () => {
      const one = await start();
      const [first, second] = one.ring.published().map(({ kid }) => kid);
      await expect(one.withdraw.run({ kid: first!, reason: 'compromised' })).resolves.toMatchObject({
        durableIn: 'database',
      });
      expect(one.ring.active()!.kid).toBe(second);
      expect(genuineBundle(board.bundles.at(-1)!.text, [root.trustAnchor])!.kids).not.toContain(first);
      expect(feed.rows[0]!.entry).toMatchObject({ scope: 'kid', value: first, cutoff: 0, reason: 'key_revoked' });
      expect(kinds(one)).toEqual(['key.revoked', 'key.activated', 'key.created']);
    });

    it('leaves nothing of its private half behind', async () => {
      const one = await start();
      const database = await open();
      const { kid } = one.ring.active()!;
      await one.withdraw.run({ kid, reason: 'drill' });
      const rows: unknown[] = await database.dataSource.query('SELECT kid FROM signing_keys');
      expect(JSON.stringify(rows)).not.toContain(kid);
      const past: Record<string, unknown>[] = await database.dataSource.query('SELECT * FROM past_signing_keys');
      expect(past.map(({ kid: name }) => name)).toEqual([kid]);
      expect(Object.keys(past[0]!).filter((column) => /sealed|private|jwk/.test(column))).toEqual([]);
    });

    it('may be the only one there is', async () => {
      const one = await start();
      await (await open()).dataSource.query(`DELETE FROM signing_keys WHERE slot = 'next'`);
      const { kid } = one.ring.active()!;
      await one.withdraw.run({ kid, reason: 'compromised' });
      expect(one.ring.active()).toBeDefined();
      expect(one.ring.active()!.kid).not.toBe(kid);
      expect(one.ring.published()).toHaveLength(2);
    });

    it('may be one that waits, one that is retired, and one that is long gone', async () => {
      const one = await start();
      const waiting = one.ring.published()[1]!.kid;
      const signing = one.ring.active()!.kid;
      await one.withdraw.run({ kid: waiting, reason: 'suspected' });
      expect(one.ring.active()!.kid).toBe(signing);
      clock.advance(DAY);
      await one.rotate.run();
      clock.advance(HOUR);
      await one.round();
      await one.withdraw.run({ kid: signing, reason: 'suspected' });
      expect(one.ring.active()!.kid).not.toBe(signing);
      expect((await one.store.past(9)).map(({ ending }) => ending)).toEqual(['withdrawn', 'withdrawn']);
      expect(feed.kids()).toEqual(expect.arrayContaining([waiting, signing]));
      await expect(one.withdraw.run({ kid: 'A'.repeat(43), reason: 'drill' })).rejects.toThrow(KeyUnknown);
    });

    it('may be withdrawn again: validators are told again, and nothing else happens', async () => {
      const one = await start();
      const { kid } = one.ring.active()!;
      await one.withdraw.run({ kid, reason: 'drill' });
      const after = one.ring.active()!.kid;
      await one.withdraw.run({ kid, reason: 'drill' });
      expect(feed.kids()).toEqual([kid, kid]);
      expect(one.ring.active()!.kid).toBe(after);
    });

    it('is told of for good: before the feed forgets it is told again (F24)', async () => {
      const one = await start();
      const { kid } = one.ring.active()!;
      await one.withdraw.run({ kid, reason: 'compromised' });
      const until = () => Math.max(...feed.rows.map(({ entry }) => entry.untilMs));
      for (let hours = 0; hours < 48; hours++) {
        for (let minutes = 0; minutes < 60; minutes += 5) {
          clock.advance(300_000);
          // Before the round: at no time has it been forgotten.
          expect(until()).toBeGreaterThan(clock.nowMs());
          await one.round();
        }
      }
    });

    it('is told of by the next instance when the one that withdrew it died before it could', async () => {
      const one = await start();
      const { kid } = one.ring.active()!;
      await one.withdraw.takeOut(kid, 'compromised');
      expect(feed.rows).toEqual([]);
      await start();
      expect(feed.kids()).toEqual([kid]);
    });

    it('is not acknowledged when nobody can keep it', async () => {
      const one = await start();
      feed.durableIn = 'nowhere';
      await expect(one.withdraw.run({ kid: one.ring.active()!.kid, reason: 'drill' })).rejects.toThrow(
        DatabaseUnavailable,
      );
    });

    it('is refused by way of the feed while the database is away, and follows there later', async () => {
      const one = await start();
      const other = await start();
      const [first, second] = one.ring.published().map(({ kid }) => kid);
      one.store.away = true;
      feed.durableIn = 'log';
      await expect(one.withdraw.run({ kid: first!, reason: 'compromised' })).resolves.toMatchObject({
        durableIn: 'log',
      });
      expect(one.ring.active()!.kid).toBe(second);
      other.ring.withdraw(first!);
      expect(other.ring.active()!.kid).toBe(second);
      await other.round();
      await other.round();
      expect((await other.store.past(9)).map(({ kid, ending }) => ({ kid, ending }))).toEqual([
        { kid: first, ending: 'withdrawn' },
      ]);
      expect(other.ring.active()!.kid).toBe(second);
    });

    it('does not come back through an instance that remembers it and finds the place of publication empty', async () => {
      const one = await start();
      const stale = await start();
      const { kid } = one.ring.active()!;
      await one.withdraw.run({ kid, reason: 'compromised' });
      board.bundles.length = 0;
      await stale.publisher.publish();
      expect(board.bundles).toHaveLength(1);
      expect(genuineBundle(board.bundles[0]!.text, [root.trustAnchor])!.kids).not.toContain(kid);

      const asleep = await start();
      const next = asleep.ring.active()!.kid;
      await one.withdraw.run({ kid: next, reason: 'compromised' });
      board.bundles.length = 0;
      asleep.store.away = true;
      await expect(asleep.publisher.publish()).rejects.toThrow(DatabaseUnavailable);
      expect(board.bundles).toEqual([]);
    });
  });

  describe('an instance that is behind', () => {
    it('signs with nothing that is not in the bundle others published', async () => {
      const one = await start();
      const behind = await start();
      const [first, second] = one.ring.published().map(({ kid }) => kid);
      behind.store.away = true;
      await one.withdraw.run({ kid: first!, reason: 'compromised' });
      await behind.publisher.publish();
      expect(behind.ring.active()!.kid).toBe(second);
      await one.withdraw.run({ kid: second!, reason: 'compromised' });
      await behind.publisher.publish();
      expect(behind.ring.active()).toBeUndefined();
    });

    it('follows a rotation it could not read', async () => {
      const one = await start();
      const behind = await start();
      behind.store.away = true;
      clock.advance(DAY);
      await one.rotate.run();
      await behind.publisher.publish();
      expect(behind.ring.active()!.kid).toBe(one.ring.active()!.kid);
    });
  });
});

describe('three instances on one database, whose clocks differ by a minute', () => {
  it('rotate at once, twenty times over, into exactly one new key (F23)', async () => {
    const open = await databases.find(([name]) => name === 'MySQL')![1]();
    const board = new Board();
    const feed = new Feed();
    const nowMs = Date.now();
    const skewed = [-60_000, 0, 60_000].map((skewMs) => new FakeClock(nowMs + skewMs));
    const all = await Promise.all(skewed.map(async (clock) => anInstance(await open(), clock, board, feed)));
    for (const instance of all) await instance.round();
    const { dataSource } = await open();
    for (let round = 0; round < 20; round++) {
      const before = all[0]!.ring.keys().length;
      const version = all[0]!.ring.version;
      // By the clock of the database, as if the day had passed.
      await dataSource.query(`UPDATE signing_keys SET created_at_ms = created_at_ms - ${DAY} WHERE slot = 'next'`);
      const outcomes = await Promise.allSettled(all.map(({ rotate }) => rotate.run()));
      const won = outcomes.filter((outcome) => outcome.status === 'fulfilled' && outcome.value.isOurs);
      expect(won).toHaveLength(1);
      for (const instance of all) await instance.keeper.reload();
      expect(all[0]!.ring.version).toBe(version + 1);
      expect(all[0]!.ring.keys()).toHaveLength(before + 1);
      expect(new Set(all.map(({ ring }) => ring.active()!.kid)).size).toBe(1);
    }
  }, 60_000);

  it('withdraw the same key at once, and one key takes its place', async () => {
    const open = await databases.find(([name]) => name === 'MySQL')![1]();
    const [board, feed] = [new Board(), new Feed()];
    const clock = new FakeClock(Date.now());
    const all = await Promise.all([1, 2, 3].map(async () => anInstance(await open(), clock, board, feed)));
    for (const instance of all) await instance.round();
    const { kid } = all[0]!.ring.active()!;
    await Promise.all(all.map(({ withdraw }) => withdraw.run({ kid, reason: 'compromised' })));
    for (const instance of all) await instance.keeper.reload();
    expect(new Set(all.map(({ ring }) => ring.active()!.kid)).size).toBe(1);
    expect(all[0]!.ring.keys()).toHaveLength(2);
    expect(all.flatMap(kinds).filter((kind) => kind === 'key.revoked')).toHaveLength(1);
  }, 60_000);
});
