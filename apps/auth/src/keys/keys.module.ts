import { Clock } from '@gatehouse/kernel';
import { bind } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import type { DurableRevocations } from '../revocations/revoke-sessions.js';
import { AdminKeysController } from './http/admin-keys.controller.js';
import { AnnounceWithdrawals } from './rotation/announce-withdrawals.js';
import { KeyAdministration } from './rotation/key-administration.js';
import { KeyBundlePublisher } from './bundle/key-bundle-publisher.js';
import { KeyDuties } from './rotation/key-duties.js';
import { registerKeyGauges } from './rotation/key-gauges.js';
import type { KeyKeeper } from './rotation/key-keeper.js';
import { KeyRecord } from './rotation/key-record.js';
import { KeyRing } from './signing/key-ring.js';
import { KeySettings } from './rotation/key-settings.js';
import { KeysController } from './http/keys.controller.js';
import { ListKeys } from './rotation/list-keys.js';
import { RotateKeys } from './rotation/rotate-keys.js';
import type { SigningKeyStore } from './signing/signing-key-store.port.js';
import { WithdrawKey } from './rotation/withdraw-key.js';

export interface KeyRoom extends KeySettings {
  readonly store: SigningKeyStore;
  /** `undefined` where tokens are signed with a shared secret. */
  readonly keeper: KeyKeeper | undefined;
  readonly revocations: DurableRevocations;
}

/** Publishes the keys, has them come and go, and shows them to administrators. */
@Module({})
export class KeysModule implements OnModuleInit, OnApplicationShutdown {
  private stopListening: () => void = () => undefined;

  constructor(
    @Inject(KeyAdministration) private readonly administration: KeyAdministration,
    @Inject(SessionValidator) private readonly validator: SessionValidator,
  ) {}

  static register(room: KeyRoom): DynamicModule {
    return {
      module: KeysModule,
      controllers: [KeysController, AdminKeysController],
      providers: [
        bind<KeySettings>(KeySettings, room),
        {
          provide: KeyAdministration,
          inject: [KeyRing, KeyBundlePublisher, AuditLog, Clock, Metrics],
          useFactory: (
            ring: KeyRing,
            publisher: KeyBundlePublisher,
            audit: AuditLog,
            clock: Clock,
            metrics: Metrics,
          ): KeyAdministration => {
            const { store, keeper, revocations, tokenSeconds, rotateAfterMs } = room;
            const list = new ListKeys(store, room);
            if (!keeper) return new KeyAdministration(undefined, list, ring);
            registerKeyGauges({ metrics, ring, clock, rotateAfterMs });
            const record = new KeyRecord(audit);
            const rotate = new RotateKeys(store, keeper, publisher, room, record);
            const announce = new AnnounceWithdrawals(store, revocations, tokenSeconds);
            const withdraw = new WithdrawKey(store, ring, keeper, announce, room, record, clock);
            const duties = new KeyDuties(store, ring, rotate, withdraw, announce, room, record);
            return new KeyAdministration({ keeper, rotate, withdraw, duties }, list, ring);
          },
        },
      ],
    };
  }

  onModuleInit(): void {
    this.administration.begin();
    // By whomever a key was withdrawn: it signs nothing here from the moment we hear of it.
    this.stopListening = this.validator.onRevoked(({ scope, value }) => {
      if (scope === 'kid') this.administration.heardWithdrawn(value);
    });
  }

  onApplicationShutdown(): void {
    this.stopListening();
  }
}
