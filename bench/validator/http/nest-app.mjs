import 'reflect-metadata';
import { Controller, Get, Module, Req, UnauthorizedException } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

class ProtectedController {
  protected(request) {
    return answerTo(request.user?.id ?? request.principal?.userId);
  }
}
Req()(ProtectedController.prototype, 'protected', 0);
const method = Object.getOwnPropertyDescriptor(ProtectedController.prototype, 'protected');
Get('protected')(ProtectedController.prototype, 'protected', method);
Controller('api')(ProtectedController);

/** What the route says, in every contender. */
export const answerTo = (userId) => ({ message: 'You are signed in.', user_id: Number(userId ?? 0) });

/**
 * The route all Nest contenders share, `GET /api/protected` on Fastify, and nothing around it but what is given.
 *
 * @param {{ imports?: object[], providers?: object[], guard?: object, onRequest?: Function }} [parts]
 *   `guard`: a provider body for `APP_GUARD`, such as `{ useClass }`
 */
export async function nestApp({ imports = [], providers = [], guard, onRequest } = {}) {
  class AppModule {}
  Module({
    imports,
    controllers: [ProtectedController],
    providers: guard ? [...providers, { provide: APP_GUARD, ...guard }] : providers,
  })(AppModule);
  const app = await NestFactory.create(AppModule, new FastifyAdapter(), { logger: false });
  if (onRequest) app.getHttpAdapter().getInstance().addHook('onRequest', onRequest);
  return { app, listen: (port) => app.listen(port, '127.0.0.1') };
}

/** A guard from a function of the bearer token that returns a user, or throws or returns nothing for "no". */
export function guardBy(authenticate) {
  return class {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest();
      const [scheme, token] = (request.headers.authorization ?? '').split(' ');
      if (scheme !== 'Bearer' || !token) throw new UnauthorizedException();
      try {
        request.user = await authenticate(token);
      } catch {
        request.user = undefined;
      }
      if (!request.user) throw new UnauthorizedException();
      return true;
    }
  };
}
