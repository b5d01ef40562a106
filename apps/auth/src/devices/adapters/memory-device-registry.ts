import type { Device, DeviceUse, NewDevice } from '../device.js';
import { DeviceRegistry } from '../device-registry.port.js';

type Kept = Device & { readonly tokenHash: string; readonly previousTokenHash: string | null };

/** Devices of one process, for tests. */
export class MemoryDeviceRegistry extends DeviceRegistry {
  private devices: Kept[] = [];

  override async findByToken(tokenHash: string): Promise<Device | undefined> {
    return this.first((device) => device.tokenHash === tokenHash || device.previousTokenHash === tokenHash);
  }

  override async knowsNetwork(userId: number, network: string): Promise<boolean> {
    return this.devices.some((device) => device.userId === userId && device.network === network);
  }

  override async list(userId: number): Promise<Device[]> {
    return this.of(userId).map(told);
  }

  override async find(userId: number, id: string): Promise<Device | undefined> {
    return this.first((device) => device.userId === userId && device.id === id);
  }

  override async add({ atMs, ...device }: NewDevice, most: number): Promise<boolean> {
    const others = this.of(device.userId);
    const surplus = new Set(others.slice(most - 1));
    const added = {
      ...device,
      previousTokenHash: null,
      keepsCredential: false,
      firstSeenAtMs: atMs,
      lastSeenAtMs: atMs,
    };
    this.devices = [...this.devices.filter((kept) => !surplus.has(kept)), added];
    return others.length === 0;
  }

  override async readopt({ userId, network, agent, tokenHash, atMs }: Omit<NewDevice, 'id' | 'name'>) {
    const device = this.of(userId).find((d) => d.network === network && d.agent === agent && !d.keepsCredential);
    if (!device) return undefined;
    const lastSeenAtMs = Math.max(device.lastSeenAtMs, atMs);
    return this.change(device, { tokenHash, previousTokenHash: device.tokenHash, lastSeenAtMs });
  }

  override async noteUse(id: string, { tokenHash, network, agent, atMs }: DeviceUse): Promise<void> {
    const device = this.devices.find((kept) => kept.id === id);
    if (device)
      this.change(device, {
        tokenHash,
        previousTokenHash: null,
        network,
        agent,
        lastSeenAtMs: atMs,
        keepsCredential: true,
      });
  }

  override async rename(userId: number, id: string, name: string): Promise<Device | undefined> {
    const device = this.of(userId).find((kept) => kept.id === id);
    return device && this.change(device, { name });
  }

  override async remove(userId: number, id: string): Promise<boolean> {
    const before = this.devices.length;
    this.devices = this.devices.filter((device) => device.userId !== userId || device.id !== id);
    return this.devices.length < before;
  }

  override async removeAll(userId: number): Promise<void> {
    this.devices = this.devices.filter((device) => device.userId !== userId);
  }

  /** Last seen first. */
  private of(userId: number): Kept[] {
    return this.devices
      .filter((device) => device.userId === userId)
      .sort((a, b) => b.lastSeenAtMs - a.lastSeenAtMs || (a.id < b.id ? -1 : 1));
  }

  private first(matches: (device: Kept) => boolean): Device | undefined {
    const device = this.devices.find(matches);
    return device && told(device);
  }

  private change(device: Kept, change: Partial<Kept>): Device {
    const changed = { ...device, ...change };
    this.devices = this.devices.map((kept) => (kept === device ? changed : kept));
    return told(changed);
  }
}

function told({ tokenHash: _tokenHash, previousTokenHash: _previousTokenHash, ...device }: Kept): Device {
  return device;
}
