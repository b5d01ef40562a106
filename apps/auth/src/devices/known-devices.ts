import { DatabaseUnavailable } from '@gatehouse/failures';
import { type Acquaintance, Acquaintances, type Knock } from '../limits/acquaintances.port.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { deviceTokenHash } from './device-credential.js';
import type { DeviceRegistry } from './device-registry.port.js';

/** Nobody has this id. */
const NOBODY = 0;

/** Whom an account knows: the devices it was signed in on, and the networks they were last seen in. */
export class KnownDevices extends Acquaintances {
  constructor(
    private readonly users: UserRepository,
    private readonly devices: DeviceRegistry,
  ) {
    super();
  }

  override async recognise({ account, network, deviceToken }: Knock): Promise<Acquaintance | undefined> {
    try {
      const user = await this.users.findByEmail(account);
      const userId = user?.id ?? NOBODY;
      // Asked for accounts that do not exist as well: the time it takes must not tell them apart.
      const [device, knowsNetwork] = await Promise.all([
        deviceToken === undefined ? undefined : this.devices.findByToken(deviceTokenHash(deviceToken)),
        this.devices.knowsNetwork(userId, network),
      ]);
      if (device && device.userId === userId) return { kind: 'device', id: device.id };
      return knowsNetwork ? { kind: 'network' } : undefined;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return undefined;
      throw error;
    }
  }
}
