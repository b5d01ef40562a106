import { orUnavailable, transaction } from '@gatehouse/sql';
import { type DataSource, In, type Repository } from 'typeorm';
import type { Device, DeviceUse, NewDevice } from '../device.js';
import { DeviceRegistry } from '../device-registry.port.js';
import type { DeviceRow } from './device.entity.js';

/** Devices in MySQL or SQLite. */
export class SqlDeviceRegistry extends DeviceRegistry {
  private readonly rows: Repository<DeviceRow>;

  constructor(private readonly dataSource: DataSource) {
    super();
    this.rows = dataSource.getRepository<DeviceRow>('Device');
  }

  override async findByToken(tokenHash: string): Promise<Device | undefined> {
    const hash = text(tokenHash);
    return toDevice(await orUnavailable(() => this.rows.findOneBy([{ tokenHash: hash }, { previousTokenHash: hash }])));
  }

  override async knowsNetwork(userId: number, network: string): Promise<boolean> {
    return orUnavailable(() => this.rows.existsBy({ userId, network: text(network) }));
  }

  override async list(userId: number): Promise<Device[]> {
    const rows = await orUnavailable(() =>
      this.rows.find({ where: { userId }, order: { lastSeenAtMs: 'DESC', id: 'ASC' } }),
    );
    return rows.map((row) => toDevice(row));
  }

  override async find(userId: number, id: string): Promise<Device | undefined> {
    return toDevice(await orUnavailable(() => this.rows.findOneBy({ userId, id: text(id) })));
  }

  override async add({ atMs, ...device }: NewDevice, most: number): Promise<boolean> {
    return transaction(this.dataSource, async (manager) => {
      const rows = manager.getRepository<DeviceRow>('Device');
      await rows.insert({
        ...device,
        previousTokenHash: null,
        keepsCredential: 0,
        firstSeenAtMs: atMs,
        lastSeenAtMs: atMs,
      });
      const ids = await rows.find({
        select: { id: true },
        where: { userId: device.userId },
        order: { lastSeenAtMs: 'DESC', id: 'ASC' },
      });
      const surplus = ids
        .map(({ id }) => id)
        .filter((id) => id !== device.id)
        .slice(most - 1);
      if (surplus.length > 0) await rows.delete({ userId: device.userId, id: In(surplus) });
      return ids.length === 1;
    });
  }

  override async readopt({ userId, network, agent, tokenHash, atMs }: Omit<NewDevice, 'id' | 'name'>) {
    return orUnavailable(async () => {
      const [row] = await this.rows.find({
        where: { userId, network: text(network), agent: text(agent), keepsCredential: 0 },
        order: { lastSeenAtMs: 'DESC', id: 'ASC' },
        take: 1,
      });
      if (!row) return undefined;
      // Unless it has come back with the credential it had, a moment ago: one guarded statement says so without a transaction,
      // which would be two more journeys and a longer lock for each sign-in of a client that keeps nothing.
      const lastSeenAtMs = Math.max(row.lastSeenAtMs, atMs);
      const changed = { tokenHash, previousTokenHash: row.tokenHash, lastSeenAtMs };
      const { affected } = await this.rows.update({ id: row.id, keepsCredential: 0 }, changed);
      return affected === 0 ? undefined : toDevice({ ...row, ...changed });
    });
  }

  override async noteUse(id: string, { tokenHash, network, agent, atMs }: DeviceUse): Promise<void> {
    const seen = { tokenHash, previousTokenHash: null, network, agent, lastSeenAtMs: atMs, keepsCredential: 1 };
    await orUnavailable(() => this.rows.update({ id: text(id) }, seen));
  }

  override async rename(userId: number, id: string, name: string): Promise<Device | undefined> {
    return transaction(this.dataSource, async (manager) => {
      const rows = manager.getRepository<DeviceRow>('Device');
      await rows.update({ userId, id: text(id) }, { name });
      return toDevice(await rows.findOneBy({ userId, id }));
    });
  }

  override async remove(userId: number, id: string): Promise<boolean> {
    const { affected } = await orUnavailable(() => this.rows.delete({ userId, id: text(id) }));
    return affected === 1;
  }

  override async removeAll(userId: number): Promise<void> {
    await orUnavailable(() => this.rows.delete({ userId }));
  }
}

/** MySQL compares a text column with a number by turning the text into a number, and finds what nobody asked for. */
function text(value: string): string {
  if (typeof value !== 'string') throw new TypeError('what is looked up here is a text');
  return value;
}

function toDevice(row: DeviceRow): Device;
function toDevice(row: DeviceRow | null): Device | undefined;
function toDevice(row: DeviceRow | null): Device | undefined {
  if (!row) return undefined;
  return {
    id: row.id,
    userId: row.userId,
    name: row.name,
    network: row.network,
    agent: row.agent,
    keepsCredential: row.keepsCredential === 1,
    firstSeenAtMs: row.firstSeenAtMs,
    lastSeenAtMs: row.lastSeenAtMs,
  };
}
