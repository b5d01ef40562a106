import { Metrics } from '@gatehouse/observability';
import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { shedRush } from './http/shed-rush.js';
import { PasswordAdmission } from './password-admission.js';

export interface PasswordSettings {
  readonly admission: PasswordAdmission;
}

/** Keeps a rush of sign-ins from the rest of the service. Comes before the limits, whose counting costs more than refusing. */
@Module({})
export class PasswordsModule {
  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(PasswordAdmission) admission: PasswordAdmission,
    @Inject(Metrics) metrics: Metrics,
  ) {
    const shed = metrics.counter({
      name: 'auth_password_requests_shed_total',
      help: 'Requests refused because too many passwords wait to be hashed',
    });
    shedRush(host.httpAdapter.getInstance<FastifyInstance>(), admission, () => shed.inc());
  }

  static register({ admission }: PasswordSettings): DynamicModule {
    return { module: PasswordsModule, providers: [{ provide: PasswordAdmission, useValue: admission }] };
  }
}
