import { Metrics } from '@gatehouse/observability';
import { type DynamicModule, Inject, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { RushDoor } from './http/rush-door.js';
import { PasswordAdmission } from './password-admission.js';

export interface PasswordSettings {
  readonly admission: PasswordAdmission;
  readonly door: RushDoor;
}

/** Keeps a rush of sign-ins from the rest of the service. Comes before the limits, whose counting costs more than refusing. */
@Module({})
export class PasswordsModule {
  constructor(
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(RushDoor) door: RushDoor,
    @Inject(Metrics) metrics: Metrics,
  ) {
    const shed = metrics.counter({
      name: 'auth_password_requests_shed_total',
      help: 'Requests refused because too many passwords wait to be hashed',
    });
    door.guard(host.httpAdapter.getInstance<FastifyInstance>(), () => shed.inc());
  }

  static register({ admission, door }: PasswordSettings): DynamicModule {
    const providers = [
      { provide: PasswordAdmission, useValue: admission },
      { provide: RushDoor, useValue: door },
    ];
    return { module: PasswordsModule, providers };
  }
}
