import { type DynamicModule, Module } from '@nestjs/common';
import { AnswerOnce } from './answer-once.js';
import { IdempotencyStore } from './idempotency-store.port.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';

export interface IdempotencySettings {
  /** 32 bytes, shared by all instances. */
  readonly masterKey: Buffer;
}

/** `@Idempotent()` for every room. Needs `IdempotencyStore` from a global module. */
@Module({})
export class IdempotencyModule {
  static register({ masterKey }: IdempotencySettings): DynamicModule {
    return {
      module: IdempotencyModule,
      global: true,
      providers: [
        {
          provide: AnswerOnce,
          inject: [IdempotencyStore],
          useFactory: (store: IdempotencyStore) => new AnswerOnce(store, masterKey),
        },
        IdempotencyInterceptor,
      ],
      exports: [AnswerOnce, IdempotencyInterceptor],
    };
  }
}
