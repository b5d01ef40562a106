import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevokeDevice } from '../revocations/revoke-device.js';
import type { DeviceRegistry } from './device-registry.port.js';
import { DeviceNotFound } from './devices.errors.js';

export interface RemoveDeviceCommand {
  readonly userId: number;
  readonly deviceId: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Forgets a device and signs it out everywhere. */
export class RemoveDevice {
  constructor(
    private readonly devices: DeviceRegistry,
    private readonly revokeDevice: RevokeDevice,
    private readonly audit: AuditLog,
  ) {}

  /**
   * The revocation first: a device that is forgotten but still signed in could not be found again.
   *
   * @throws {DeviceNotFound} for an unknown device and for another person's alike.
   * @throws {DatabaseUnavailable} when it cannot be told whose it is.
   */
  async run({ userId, deviceId, ipAddress, requestId }: RemoveDeviceCommand): Promise<{ revocationId: string }> {
    if (!(await this.devices.find(userId, deviceId))) throw new DeviceNotFound();
    const receipt = await this.revokeDevice.run({ userId, deviceId, reason: 'user_revoked' });
    await this.devices.remove(userId, deviceId);
    this.audit.record({ kind: 'device.removed', userId, ipAddress, requestId, details: { deviceId } });
    return receipt;
  }
}
