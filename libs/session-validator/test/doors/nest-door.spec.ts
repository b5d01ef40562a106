import 'reflect-metadata';
import { All, Controller, Get, Module, Res, type INestApplication, type Type } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  closeOnRevoked,
  Current,
  Freshness,
  OptionalAuth,
  Public,
  RequireFresh,
  Roles,
  Scopes,
  ServiceAccounts,
  SessionGuard,
  SessionValidator,
  SessionValidatorModule,
  type Principal,
} from '../../src/nest/index.js';
import { describeDoor, FAREWELL, ROUTES, type RunningDoor } from './door.conformance.js';
import { DoorRig } from './door-rig.js';

type Reply = ServerResponse | { readonly raw: ServerResponse };
const rawOf = (reply: Reply) => ('raw' in reply ? reply.raw : reply);

function moduleOf(rig: DoorRig): Type {
  const answer = (principal: Principal | undefined) => ({ principal: principal ?? null });
  @Controller()
  class Routes {
    @All('me') me(@Current() principal: Principal) {
      return answer(principal);
    }
    @All('optional') @OptionalAuth() optional(@Current() principal?: Principal) {
      return answer(principal);
    }
    @Get('roles') @Roles(...ROUTES['/roles'].roles) roles(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('scopes') @Scopes(...ROUTES['/scopes'].scopes) scopes(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('recent') @RequireFresh(ROUTES['/recent'].fresh) recent(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('strong') @RequireFresh(ROUTES['/strong'].fresh) strong(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('both') @RequireFresh(ROUTES['/both'].fresh) both(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('bounded') @Freshness({ boundedSeconds: 30 }) bounded(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('closed') @Freshness('closed') closed(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('services') @ServiceAccounts() services(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('stream') stream(@Current() principal: Principal, @Res() reply: Reply) {
      const response = rawOf(reply);
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      closeOnRevoked(rig.validator, principal, response, { farewell: FAREWELL });
    }
    @Get('slow') slow(@Current() principal: Principal, @Res() reply: Reply) {
      closeOnRevoked(rig.validator, principal, rawOf(reply));
    }
  }

  @Controller('open')
  @Public()
  class Open {
    @Get() open(@Current() principal?: Principal) {
      return answer(principal);
    }
    @Get('roles') @Roles('admin') roles(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('optional') @OptionalAuth() optional(@Current() principal?: Principal) {
      return answer(principal);
    }
  }

  @Controller('admin')
  @Roles('admin')
  class Admin {
    @Get() admin(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('public') @Public() forgotten(@Current() principal: Principal) {
      return answer(principal);
    }
    @Get('wider') @Roles('user') wider(@Current() principal: Principal) {
      return answer(principal);
    }
  }

  @Module({
    imports: [SessionValidatorModule.forRootAsync({ useFactory: () => rig.config })],
    controllers: [Routes, Open, Admin],
    providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
  })
  class AppModule {}
  return AppModule;
}

const servers = {
  Fastify: () => new FastifyAdapter({ forceCloseConnections: true }),
  Express: () => new ExpressAdapter(),
} as const;

async function open(rig: DoorRig, server: keyof typeof servers): Promise<RunningDoor> {
  const app: INestApplication = await NestFactory.create(moduleOf(rig), servers[server](), {
    logger: false,
    forceCloseConnections: true,
  });
  rig.use(app.get(SessionValidator));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { port, close: () => app.close() };
}

describe.each(['Fastify', 'Express'] as const)('Nest 12 on %s', (server) => {
  describeDoor(`Nest 12 on ${server}`, (rig) => open(rig, server));

  describe('decorators', () => {
    let rig: DoorRig;
    let door: RunningDoor;
    beforeAll(async () => {
      rig = new DoorRig();
      door = await open(rig, server);
    });
    afterAll(() => door.close());

    const get = async (path: string, token?: string) => {
      const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return fetch(`http://127.0.0.1:${door.port}${path}`, { headers });
    };

    it('a refusal leaves the stacks of other errors alone', async () => {
      const { stackTraceLimit } = Error;
      expect((await get('/me', 'nonsense')).status).toBe(401);
      expect(Error.stackTraceLimit).toBe(stackTraceLimit);
      expect(new Error('of somebody else').stack).toContain('nest-door.spec');
    });

    it('a public route looks at no token, not even a bad one', async () => {
      for (const token of [undefined, 'nonsense', rig.signIn().token]) {
        expect(await (await get('/open', token)).json()).toEqual({ principal: null });
      }
    });

    it('a role asked for on a route closes it, whatever its controller says', async () => {
      expect((await get('/open/roles')).status).toBe(401);
      expect((await get('/open/roles', rig.signIn().token)).status).toBe(403);
      expect((await get('/open/roles', rig.signIn({ roles: ['admin'] }).token)).status).toBe(200);
    });

    it('what a route says of access replaces what its controller says', async () => {
      expect((await get('/open/optional', 'nonsense')).status).toBe(401);
      expect((await get('/open/optional')).status).toBe(200);
      expect((await get('/admin/wider', rig.signIn().token)).status).toBe(200);
    });

    it('a role asked for by a controller is not undone by a public route', async () => {
      expect((await get('/admin/public')).status).toBe(401);
      expect((await get('/admin', rig.signIn().token)).status).toBe(403);
    });

    it('the validator ends with the app', async () => {
      const ours = new DoorRig();
      const running = await open(ours, server);
      await running.close();
      expect(ours.validator.metrics().watchers).toBe(0);
      // A feed that was let go of tells nothing any more.
      const { token, claims } = ours.signIn();
      ours.feed.revoke({ scope: 'sid', value: claims.sid });
      expect(ours.validator.check(token).ok).toBe(true);
    });
  });
});

it('two controllers that inherit a handler each say for themselves who may use it', async () => {
  const rig = new DoorRig();
  class Shared {
    @Get('who') who(@Current() principal?: Principal) {
      return { principal: principal?.userId ?? null };
    }
  }
  @Controller('anybody')
  @Public()
  class Anybody extends Shared {}
  @Controller('admins')
  @Roles('admin')
  class Admins extends Shared {}
  @Module({
    imports: [SessionValidatorModule.forRootAsync({ useFactory: () => rig.config })],
    controllers: [Anybody, Admins],
    providers: [{ provide: APP_GUARD, useExisting: SessionGuard }],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, servers.Fastify(), { logger: false });
  rig.use(app.get(SessionValidator));
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const ask = async (path: string, roles: string[]) => {
    const headers = { authorization: `Bearer ${rig.signIn({ roles }).token}` };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).status;
  };
  for (let time = 0; time < 2; time++) {
    expect(await ask('/anybody/who', ['user'])).toBe(200);
    expect(await ask('/admins/who', ['user'])).toBe(403);
    expect(await ask('/admins/who', ['admin'])).toBe(200);
  }
  await app.close();
});

describe('Nest 12 on Fastify has room for the principal in a request', () => {
  it.each([false, true])('before the first one comes; decorated by the app itself: %s', async (byApp) => {
    const rig = new DoorRig();
    const adapter = new FastifyAdapter({ forceCloseConnections: true });
    const app = await NestFactory.create(moduleOf(rig), adapter, { logger: false });
    rig.use(app.get(SessionValidator));
    const fastify = adapter.getInstance();
    if (byApp) fastify.decorateRequest('principal', undefined);
    const had: boolean[] = [];
    fastify.addHook('onRequest', async (request) => void had.push(Object.hasOwn(request, 'principal')));
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    const headers = { authorization: `Bearer ${rig.signIn().token}` };
    const answers = [
      await fetch(`http://127.0.0.1:${port}/me`, { headers }),
      await fetch(`http://127.0.0.1:${port}/me`),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
    expect(had).toEqual([true, true]);
    await app.close();
  });
});
