import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { type DynamicModule, Inject, Module, Optional } from '@nestjs/common';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { Acquaintances } from '../limits/acquaintances.port.js';
import { Post } from '../mail/post.js';
import { RevokeDevice } from '../revocations/revoke-device.js';
import { UserRepository } from '../users/user-repository.port.js';
import { deviceRecords } from './device-records.js';
import { DeviceRegistry } from './device-registry.port.js';
import { DevicesController } from './devices.controller.js';
import { KnownDevices } from './known-devices.js';
import { mailNewDevices } from './mail-new-devices.js';
import { NewDevices } from './new-devices.js';
import { RecogniseDevice } from './recognise-device.js';
import { RemoveDevice } from './remove-device.js';

export interface DeviceSettings {
  /** Where devices are kept. */
  readonly registry: DeviceRegistry;
  /** One more forgets the one seen longest ago. */
  readonly maxPerUser: number;
  /** Told when somebody who wanted to know of a new device failed. */
  readonly onFailure: (error: unknown) => void;
}

const MAX_PER_USER = Symbol('devices per user');

/** What people sign in on. `RecogniseDevice`, `DeviceRegistry` and `NewDevices` for every room; `Acquaintances` for the limits. */
@Module({})
export class DevicesModule {
  constructor(
    @Inject(DeviceRegistry) devices: DeviceRegistry,
    @Inject(NewDevices) newDevices: NewDevices,
    @Optional() @Inject(PersonalRecordsBook) book: PersonalRecordsBook | undefined,
    @Optional() @Inject(Post) post: Post | undefined,
  ) {
    if (post) mailNewDevices(newDevices, post);
    book?.add(deviceRecords(devices));
  }

  static register({ registry, maxPerUser, onFailure }: DeviceSettings): DynamicModule {
    return {
      module: DevicesModule,
      global: true,
      controllers: [DevicesController],
      providers: [
        bind(DeviceRegistry, registry),
        bind<number>(MAX_PER_USER, maxPerUser),
        bind(NewDevices, new NewDevices(onFailure)),
        provide(KnownDevices, [UserRepository, DeviceRegistry]),
        { provide: Acquaintances, useExisting: KnownDevices },
        provide(RecogniseDevice, [DeviceRegistry, UserRepository, AuditLog, NewDevices, MAX_PER_USER, Clock]),
        provide(RemoveDevice, [DeviceRegistry, RevokeDevice, AuditLog]),
      ],
      exports: [DeviceRegistry, NewDevices, RecogniseDevice, Acquaintances],
    };
  }
}
