import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { presentedDeviceToken } from './device-credential.js';

/** The credential of a device that this request presents, in its body or as a cookie; `undefined` when there is none. */
export const DeviceToken = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined =>
  presentedDeviceToken(context.switchToHttp().getRequest<FastifyRequest>()),
);
