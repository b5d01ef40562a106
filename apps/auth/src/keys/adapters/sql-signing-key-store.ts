import type { PublicSigningKey } from '@gatehouse/contracts';
import type { DataSource, EntityManager } from 'typeorm';
import { isDuplicateKey, orUnavailable, transaction } from '@gatehouse/sql';
import type { PrivateKeySealer } from '../sealed-private-key.js';
import type { SigningKey } from '../signing-key.js';
import { type SigningKeySet, SigningKeyStore } from '../signing-key-store.port.js';
import { KEY_SET_ID, type SigningKeyRow, type SigningKeySetRow } from './signing-key.entity.js';

/** Signing keys in MySQL or SQLite; private halves sealed. */
export class SqlSigningKeyStore extends SigningKeyStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly sealer: PrivateKeySealer,
  ) {
    super();
  }

  override async load(): Promise<SigningKeySet> {
    for (;;) {
      const version = await this.version();
      const rows = await orUnavailable(() => keys(this.dataSource).find({ order: { createdAtMs: 'ASC', kid: 'ASC' } }));
      // Keys must not go under the version of another set: read again when it changed meanwhile.
      if ((await this.version()) === version) return { version, keys: rows.map((row) => this.open(row)) };
    }
  }

  override async bootstrap(active: SigningKey, next: SigningKey): Promise<SigningKeySet> {
    try {
      await transaction(this.dataSource, async (manager) => {
        // The unique slot decides between instances; a look beforehand would only make the race shorter.
        await keys(manager).insert(this.close(active, 'active'));
        await keys(manager).insert(this.close(next, 'next'));
        await keySet(manager).increment({ id: KEY_SET_ID }, 'version', 1);
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    return this.load();
  }

  override async announce(settings: string): Promise<void> {
    await transaction(this.dataSource, async (manager) => {
      await manager
        .createQueryBuilder()
        .update<SigningKeySetRow>('SigningKeySet')
        .set({ settings, version: () => 'version + 1' })
        .where('id = :id AND settings <> :settings', { id: KEY_SET_ID, settings })
        .execute();
    });
  }

  private async version(): Promise<number> {
    return (await orUnavailable(() => keySet(this.dataSource).findOneByOrFail({ id: KEY_SET_ID }))).version;
  }

  private open(row: SigningKeyRow): SigningKey {
    return {
      kid: row.kid,
      state: row.slot ?? 'retired',
      publicKey: JSON.parse(row.publicJwk) as PublicSigningKey,
      privateKey: this.sealer.open(row.kid, row.sealedPrivateKey),
      createdAtMs: row.createdAtMs,
    };
  }

  private close(key: SigningKey, slot: 'active' | 'next'): SigningKeyRow {
    return {
      kid: key.kid,
      slot,
      publicJwk: JSON.stringify(key.publicKey),
      sealedPrivateKey: this.sealer.seal(key.kid, key.privateKey),
      createdAtMs: key.createdAtMs,
    };
  }
}

type Rows = Pick<EntityManager, 'getRepository'>;

const keys = (manager: Rows) => manager.getRepository<SigningKeyRow>('SigningKey');
const keySet = (manager: Rows) => manager.getRepository<SigningKeySetRow>('SigningKeySet');
