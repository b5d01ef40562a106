import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { SessionValidatorConfig } from '../core/config.js';
import { SessionValidator } from '../core/session-validator.js';
import { createSessionValidator } from '../create-session-validator.js';
import { SessionGuard } from './session.guard.js';

export interface SessionValidatorAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  /** The configuration; `undefined` reads the environment. */
  readonly useFactory: (
    ...dependencies: never[]
  ) => SessionValidatorConfig | undefined | Promise<SessionValidatorConfig | undefined>;
}

/** Gives every module a {@link SessionValidator} and a {@link SessionGuard}, and closes the validator with the app. */
@Global()
@Module({})
export class SessionValidatorModule implements OnApplicationShutdown {
  constructor(@Inject(SessionValidator) private readonly validator: SessionValidator) {}

  /** @param config - read from the environment when left out */
  static forRoot(config?: SessionValidatorConfig): DynamicModule {
    return this.forRootAsync({ useFactory: () => config });
  }

  static forRootAsync({ imports, inject, useFactory }: SessionValidatorAsyncOptions): DynamicModule {
    const validator: FactoryProvider<SessionValidator> = {
      provide: SessionValidator,
      ...(inject ? { inject } : {}),
      useFactory: async (...dependencies: unknown[]) =>
        createSessionValidator(await useFactory(...(dependencies as never[]))),
    };
    return {
      module: SessionValidatorModule,
      ...(imports ? { imports } : {}),
      providers: [validator, SessionGuard],
      exports: [SessionValidator, SessionGuard],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.validator.close();
  }
}
