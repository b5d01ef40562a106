import type { PublicSigningKey } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import { isDuplicateKey, orUnavailable, transaction } from '@gatehouse/sql';
import { type DataSource, type EntityManager, In, LessThan } from 'typeorm';
import { type PrivateKeySealer, SealBroken } from '../signing/sealed-private-key.js';
import type { FreshKey, KeyRevocationReason, PastKey, SigningKey } from '../signing/signing-key.js';
import { type KeyChange, type SigningKeySet, SigningKeyStore } from '../signing/signing-key-store.port.js';
import { applyKeyChange } from './apply-key-change.js';
import { databaseNowMs } from './database-now.js';
import { keys, keySet, pastKeys, toPastKey } from './key-tables.js';
import { KEY_SET_ID, type SigningKeyRow, type SigningKeySetRow } from './signing-key.entity.js';

/** Signing keys in MySQL or SQLite; private halves sealed. */
export class SqlSigningKeyStore extends SigningKeyStore {
  /** @param clock - of SQLite, which has none of its own; MySQL is asked for its time. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealer: PrivateKeySealer,
    private readonly clock: Clock,
  ) {
    super();
  }

  override load(patienceMs?: number): Promise<SigningKeySet> {
    return orUnavailable(async () => {
      for (;;) {
        const version = await this.version();
        const rows = await keys(this.dataSource).find();
        const atMs = await databaseNowMs(this.dataSource.manager, this.clock);
        // Keys must not go under the version of another set: read again when it changed meanwhile.
        if ((await this.version()) === version)
          return { version, atMs, keys: rows.sort(byAge).map((row) => this.open(row)) };
      }
    }, patienceMs);
  }

  override async bootstrap(active: FreshKey, next: FreshKey): Promise<SigningKeySet & { readonly taken: boolean }> {
    let taken = true;
    try {
      await transaction(this.dataSource, async (manager) => {
        // The unique slot decides between instances; a look beforehand would only make the race shorter.
        await applyKeyChange(manager, this.sealer, this.clock, { add: { active, next } });
        await keySet(manager).increment({ id: KEY_SET_ID }, 'version', 1);
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      taken = false;
    }
    return { ...(await this.load()), taken };
  }

  override async change(version: number, change: KeyChange, patienceMs?: number): Promise<boolean> {
    const work = async (manager: EntityManager): Promise<boolean> => {
      // Held until the end of the transaction: whoever changes the same version waits here, and then finds it gone.
      const claimed = await keySet(manager).update({ id: KEY_SET_ID, version }, { version: version + 1 });
      if (claimed.affected !== 1) return false;
      await applyKeyChange(manager, this.sealer, this.clock, change);
      return true;
    };
    return transaction(this.dataSource, work, patienceMs === undefined ? {} : { timeoutMs: patienceMs });
  }

  override async withdrawPast(kid: string, reason: KeyRevocationReason): Promise<boolean> {
    return transaction(this.dataSource, async (manager) => {
      const row = await pastKeys(manager).findOneBy({ kid });
      if (!row) return false;
      if (row.ending !== 'withdrawn') await pastKeys(manager).update({ kid }, { ending: 'withdrawn', reason });
      return true;
    });
  }

  override async past(limit: number): Promise<readonly PastKey[]> {
    const rows = await orUnavailable(() =>
      pastKeys(this.dataSource).find({ order: { endedAtMs: 'DESC' }, take: limit }),
    );
    return rows.map(toPastKey);
  }

  override async withdrawn(beforeMs: number): Promise<readonly PastKey[]> {
    const where = { ending: 'withdrawn' as const, announcedUntilMs: LessThan(beforeMs) };
    return (await orUnavailable(() => pastKeys(this.dataSource).findBy(where))).map(toPastKey);
  }

  override async noteAnnounced(kids: readonly string[], untilMs: number): Promise<void> {
    if (kids.length === 0) return;
    await orUnavailable(() => pastKeys(this.dataSource).update({ kid: In([...kids]) }, { announcedUntilMs: untilMs }));
  }

  override async noteTokenLife(seconds: number): Promise<void> {
    const shorter = { slot: In(['active', 'next']), tokenSeconds: LessThan(seconds) };
    await orUnavailable(() => keys(this.dataSource).update(shorter, { tokenSeconds: seconds }));
  }

  override async announce(settings: string): Promise<void> {
    await transaction(this.dataSource, async (manager: EntityManager) => {
      await manager
        .createQueryBuilder()
        .update<SigningKeySetRow>('SigningKeySet')
        .set({ settings, version: () => 'version + 1' })
        .where('id = :id AND settings <> :settings', { id: KEY_SET_ID, settings })
        .execute();
    });
  }

  private async version(): Promise<number> {
    return (await keySet(this.dataSource).findOneByOrFail({ id: KEY_SET_ID })).version;
  }

  private open(row: SigningKeyRow): SigningKey {
    return {
      kid: row.kid,
      state: row.slot ?? 'retired',
      publicKey: JSON.parse(row.publicJwk) as PublicSigningKey,
      privateKey: this.unsealed(row),
      createdAtMs: row.createdAtMs,
      activatedAtMs: row.activatedAtMs ?? undefined,
      retiredAtMs: row.retiredAtMs ?? undefined,
      publishedUntilMs: row.publishedUntilMs ?? undefined,
      tokenSeconds: row.tokenSeconds,
    };
  }

  private unsealed({ kid, sealedPrivateKey }: SigningKeyRow): SigningKey['privateKey'] {
    try {
      return this.sealer.open(kid, sealedPrivateKey);
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }
}

/** Oldest first; of two made at once the one that signed first. The same for every instance, since they publish it. */
function byAge(a: SigningKeyRow, b: SigningKeyRow): number {
  const signedMs = ({ activatedAtMs }: SigningKeyRow) => activatedAtMs ?? Number.MAX_SAFE_INTEGER;
  return a.createdAtMs - b.createdAtMs || signedMs(a) - signedMs(b) || (a.kid < b.kid ? -1 : 1);
}
