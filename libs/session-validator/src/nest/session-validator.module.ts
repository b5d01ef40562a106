import {
  Global,
  Inject,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { SessionValidatorConfig } from '../core/config/config.js';
import { SessionValidator } from '../core/session-validator.js';
import { createSessionValidator } from '../create-session-validator.js';
import { SessionGuard } from './session.guard.js';

/** A configuration that needs other providers, as Nest's own modules take it. */
export interface SessionValidatorAsyncOptions {
  /** Modules that export what is injected. */
  readonly imports?: ModuleMetadata['imports'];
  /** What `useFactory` is called with. */
  readonly inject?: FactoryProvider['inject'];
  /** The configuration; `undefined` reads the environment. */
  readonly useFactory: (
    ...dependencies: never[]
  ) => SessionValidatorConfig | undefined | Promise<SessionValidatorConfig | undefined>;
}

/** Of Fastify, as much of it as is asked for. */
interface Decorated {
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: string, value: undefined): unknown;
}

/** Gives every module a {@link SessionValidator} and a {@link SessionGuard}, and closes the validator with the app. */
@Global()
@Module({})
export class SessionValidatorModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(SessionValidator) private readonly validator: SessionValidator,
    @Inject(HttpAdapterHost) private readonly host: HttpAdapterHost,
  ) {}

  /**
   * With a configuration that is known when the module is made.
   *
   * @param config - read from the environment when left out
   */
  static forRoot(config?: SessionValidatorConfig): DynamicModule {
    return this.forRootAsync({ useFactory: () => config });
  }

  /**
   * With a configuration that other providers make.
   *
   * @param options - as Nest's own modules take them
   */
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

  /**
   * Gives Fastify's requests room for `principal`, unless somebody has; Nest calls it. A request that gets it later is another
   * kind of object to the engine from then on, and all that Fastify still does with it costs more.
   */
  onApplicationBootstrap(): void {
    // Express has no such thing, and what serves no HTTP has no adapter.
    if (this.host.httpAdapter?.getType() !== 'fastify') return;
    const fastify = this.host.httpAdapter.getInstance<Decorated>();
    if (!fastify.hasRequestDecorator('principal')) fastify.decorateRequest('principal', undefined);
  }

  /** Closes the validator; Nest calls it. */
  async onApplicationShutdown(): Promise<void> {
    await this.validator.close();
  }
}
