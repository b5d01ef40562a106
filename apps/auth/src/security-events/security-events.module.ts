import { bind } from '@gatehouse/nest-kit';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Transmitter } from './transmitter.js';

/** Tells receivers of ended sessions and changed passwords for as long as the service runs. */
@Module({})
export class SecurityEventsModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(@Inject(Transmitter) private readonly transmitter: Transmitter) {}

  static of(transmitter: Transmitter): DynamicModule {
    return { module: SecurityEventsModule, providers: [bind(Transmitter, transmitter)] };
  }

  onApplicationBootstrap(): void {
    this.transmitter.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.transmitter.stop();
  }
}
