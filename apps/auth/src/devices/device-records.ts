import type { PersonalRecords } from '../accounts/personal-records/personal-records.js';
import type { DeviceRegistry } from './device-registry.port.js';
import { toKnownDeviceDto } from './devices.dto.js';

/** What a person has signed in on, for exports and for the day their account is erased. */
export function deviceRecords(devices: DeviceRegistry): PersonalRecords {
  return {
    section: 'devices',
    about: async (userId) => (await devices.list(userId)).map((device) => toKnownDeviceDto(device, undefined)),
    forget: (userId) => devices.removeAll(userId),
  };
}
