import { Clock } from '@gatehouse/kernel';
import { bind, Drain, HealthModule, ReadinessProbe } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import { SessionValidator } from '@gatehouse/session-validator';
import { Public, SessionGuard } from '@gatehouse/session-validator/nest';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { VERSION } from './docs/orders-docs.js';
import { GreetingController } from './greeting/greeting.controller.js';
import { OrderRepository } from './orders/order-repository.port.js';
import { OrdersModule } from './orders/orders.module.js';

/** What the rooms may ask for, with the adapters the composition root has chosen. */
export interface Foundation {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly drain: Drain;
  readonly validator: SessionValidator;
  readonly orders: OrderRepository;
  readonly readiness: ReadinessProbe;
  readonly close: () => Promise<void>;
}

const CLOSE = Symbol('close');

@Module({})
class FoundationModule implements OnApplicationShutdown {
  constructor(@Inject(CLOSE) private readonly close: () => Promise<void>) {}

  static of({ clock, metrics, drain, validator, orders, readiness, close }: Foundation): DynamicModule {
    const ports = [
      bind(Clock, clock),
      bind(Metrics, metrics),
      bind(Drain, drain),
      bind(SessionValidator, validator),
      bind(OrderRepository, orders),
      bind(ReadinessProbe, readiness),
    ];
    const exported = ports.map((port) => (port as { provide: symbol }).provide);
    return {
      module: FoundationModule,
      global: true,
      providers: [...ports, bind(CLOSE, close), SessionGuard],
      exports: [...exported, SessionGuard],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}

/** The orders service. The guard stands before every route; `@Public()` and `@OptionalAuth()` open one. */
@Module({})
export class AppModule {
  static of(foundation: Foundation): DynamicModule {
    return {
      module: AppModule,
      imports: [FoundationModule.of(foundation), OrdersModule, HealthModule.register({ version: VERSION, Public })],
      controllers: [GreetingController],
      providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
    };
  }
}
