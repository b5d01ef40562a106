import { DatabaseUnavailable } from '@gatehouse/failures';
import { type Clock, randomHex } from '@gatehouse/kernel';
import { addressNetwork } from '@gatehouse/nest-kit';
import type { AuditLog } from '../audit/audit-log.port.js';
import { deviceNameOf } from '../sign-in/device-name.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { deviceTokenHash, mintDeviceToken } from './device-credential.js';
import type { DeviceRegistry } from './device-registry.port.js';
import type { NewDevices } from './new-devices.js';

export interface RecogniseDeviceCommand {
  readonly userId: number;
  /** The credential the client presented. */
  readonly deviceToken: string | undefined;
  /** As the person calls it. */
  readonly deviceName: string | undefined;
  readonly userAgent: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface RecognisedDevice {
  readonly deviceId: string;
  /** A credential for the client to keep; `undefined` when the one it has is good. */
  readonly deviceToken: string | undefined;
}

/** Uses closer together than this are not written: a client that signs in each second must not cost a row each time. */
const NOTE_EVERY_MS = 60_000;

/** Finds out, after the right password, on what somebody signs in, and remembers it. */
export class RecogniseDevice {
  private readonly underWay = new Map<string, Promise<RecognisedDevice | undefined>>();

  constructor(
    private readonly devices: DeviceRegistry,
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly audit: AuditLog,
    private readonly newDevices: NewDevices,
    private readonly maxPerUser: number,
    private readonly clock: Clock,
  ) {}

  /** @returns `undefined` when devices cannot be told right now: never a reason to refuse a sign-in. */
  async run(command: RecogniseDeviceCommand): Promise<RecognisedDevice | undefined> {
    try {
      return (await this.returning(command)) ?? (await this.rememberOnce(command));
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return undefined;
      throw error;
    }
  }

  private async returning(command: RecogniseDeviceCommand): Promise<RecognisedDevice | undefined> {
    const { userId, deviceToken } = command;
    if (deviceToken === undefined) return undefined;
    const tokenHash = deviceTokenHash(deviceToken);
    const device = await this.devices.findByToken(tokenHash);
    // A credential of somebody else's is none here: two people on one device have one each.
    if (!device || device.userId !== userId) return undefined;
    const use = this.useOf(command);
    const isNews =
      !device.keepsCredential ||
      device.network !== use.network ||
      device.agent !== use.agent ||
      use.atMs - device.lastSeenAtMs >= NOTE_EVERY_MS;
    if (isNews) await this.devices.noteUse(device.id, { ...use, tokenHash });
    return { deviceId: device.id, deviceToken: undefined };
  }

  /**
   * Sign-ins side by side that nothing tells apart are one device, and share its credential: each with a transaction of its own
   * would wait for the others, and leave as many devices behind.
   */
  private rememberOnce(command: RecogniseDeviceCommand): Promise<RecognisedDevice | undefined> {
    const { network, agent } = this.useOf(command);
    const which = JSON.stringify([command.userId, network, agent, command.deviceName]);
    const remembering = this.underWay.get(which) ?? this.remember(command).finally(() => this.underWay.delete(which));
    this.underWay.set(which, remembering);
    return remembering;
  }

  private async remember(command: RecogniseDeviceCommand): Promise<RecognisedDevice | undefined> {
    const { userId, deviceName, ipAddress, requestId } = command;
    const { text: deviceToken, hash: tokenHash } = mintDeviceToken();
    const facts = { userId, tokenHash, ...this.useOf(command) };
    const readopted = await this.devices.readopt(facts);
    if (readopted) return { deviceId: readopted.id, deviceToken };

    const deviceId = randomHex(16);
    const name = deviceName ?? (facts.agent || null);
    const isFirst = await this.devices.add({ ...facts, id: deviceId, name }, this.maxPerUser);
    // Erased meanwhile: what was held about them has been forgotten, and nobody would come back for this.
    if (!(await this.users.findById(userId))) {
      await this.devices.removeAll(userId);
      return undefined;
    }
    this.audit.record({ kind: 'device.new', userId, ipAddress, requestId, details: { deviceId, isFirst } });
    this.newDevices.announce({ userId, deviceId, name, ipAddress, atMs: facts.atMs, isFirst });
    return { deviceId, deviceToken };
  }

  private useOf({ ipAddress, userAgent }: RecogniseDeviceCommand) {
    return { network: addressNetwork(ipAddress), agent: deviceNameOf(userAgent) ?? '', atMs: this.clock.nowMs() };
  }
}
