import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Delete, Get, Inject, Param, Patch } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { DeviceRegistry } from './device-registry.port.js';
import {
  DeviceListDto,
  RemovedDeviceDto,
  RenameDeviceRequest,
  RenamedDeviceDto,
  toKnownDeviceDto,
} from './devices.dto.js';
import { DeviceNotFound } from './devices.errors.js';
import { RemoveDevice } from './remove-device.js';

const DEVICE_ID = { name: 'deviceId', schema: { type: 'string', pattern: '^[0-9a-f]{32}$' } } as const;

@ApiTags('Devices')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth/devices')
export class DevicesController {
  constructor(
    @Inject(DeviceRegistry) private readonly devices: DeviceRegistry,
    @Inject(RemoveDevice) private readonly removeDevice: RemoveDevice,
  ) {}

  @Get()
  @ApiOperation({ summary: 'What you have signed in on' })
  @ApiData(DeviceListDto)
  @ApiFailures('FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async list(@Current() { userId, deviceId }: Principal): Promise<DeviceListDto> {
    const devices = await this.devices.list(userId);
    return { devices: devices.map((device) => toKnownDeviceDto(device, deviceId)), count: devices.length };
  }

  @Patch(':deviceId')
  @ApiParam(DEVICE_ID)
  @ApiOperation({ summary: 'Gives one of your devices a name' })
  @ApiData(RenamedDeviceDto)
  @ApiFailures('VALIDATION_ERROR', 'DEVICE_NOT_FOUND', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async rename(
    @Current() { userId, deviceId: current }: Principal,
    @Param('deviceId') deviceId: string,
    @Body() { name }: RenameDeviceRequest,
  ): Promise<RenamedDeviceDto> {
    const device = await this.devices.rename(userId, deviceId, name);
    if (!device) throw new DeviceNotFound();
    return { device: toKnownDeviceDto(device, current) };
  }

  @Delete(':deviceId')
  @Idempotent()
  @ApiParam(DEVICE_ID)
  @ApiOperation({
    summary: 'Forgets one of your devices and signs it out everywhere',
    description: 'All its sessions end by one revocation. Signed in again, it is a new device.',
  })
  @ApiData(RemovedDeviceDto, { description: 'It is forgotten' })
  @ApiFailures('DEVICE_NOT_FOUND', 'VALIDATION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async remove(
    @Current() { userId }: Principal,
    @Param('deviceId') deviceId: string,
    @Caller() caller: CallerFacts,
  ): Promise<RemovedDeviceDto> {
    const { revocationId } = await this.removeDevice.run({ userId, deviceId, ...caller });
    return { removed: true, device_id: deviceId, revocation_id: revocationId };
  }
}
