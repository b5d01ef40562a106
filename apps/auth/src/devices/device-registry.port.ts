import type { Device, DeviceUse, NewDevice } from './device.js';

/** The devices of all people. Every method throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class DeviceRegistry {
  /** Whose credential this is the hash of. */
  abstract findByToken(tokenHash: string): Promise<Device | undefined>;

  /** Whether a device of this user was last seen in this network. */
  abstract knowsNetwork(userId: number, network: string): Promise<boolean>;

  /** Devices of the user, last seen first. */
  abstract list(userId: number): Promise<Device[]>;

  /** `undefined` for another user's device as for one that does not exist. */
  abstract find(userId: number, id: string): Promise<Device | undefined>;

  /** Adds a device. Of more than `most`, those seen longest ago are forgotten. @returns whether it is the user's first. */
  abstract add(device: NewDevice, most: number): Promise<boolean>;

  /**
   * Gives a new credential to the device that was last seen in this network under this agent, if none of its credentials has
   * come back: a client that keeps none would otherwise be a new device each time. The one before stays good beside it, since
   * it may have been another client that asked.
   *
   * @returns the device, `undefined` when there is none.
   */
  abstract readopt(device: Omit<NewDevice, 'id' | 'name'>): Promise<Device | undefined>;

  /** Notes that a device has come back with this credential: no other is good from now on. Does nothing for one that was forgotten. */
  abstract noteUse(id: string, use: DeviceUse): Promise<void>;

  /** @returns the device as it then is; `undefined` when the user has no such device. */
  abstract rename(userId: number, id: string, name: string): Promise<Device | undefined>;

  /** Forgets a device. @returns whether the user had it. */
  abstract remove(userId: number, id: string): Promise<boolean>;

  /** Forgets all devices of a user. */
  abstract removeAll(userId: number): Promise<void>;
}
