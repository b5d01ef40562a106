import { UnauthorizedException } from '@nestjs/common';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { fromNodeHeaders } from 'better-auth/node';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { nestApp } from '../nest-app.mjs';

/** Sign-in itself is not measured; more sessions would only make the start longer. */
const SESSIONS = 100;

/** `getSession` in a Nest guard, sessions in Redis (`secondaryStorage`). */
export async function start({ redisUrl, tokens }) {
  const redis = new Redis(redisUrl);
  const auth = betterAuth({
    baseURL: 'http://localhost',
    secret: randomUUID(),
    database: memoryAdapter({ user: [], session: [], account: [], verification: [] }),
    secondaryStorage: {
      get: (key) => redis.get(`better-auth:${key}`),
      set: async (key, value, ttl) =>
        void (await (ttl ? redis.set(`better-auth:${key}`, value, 'EX', ttl) : redis.set(`better-auth:${key}`, value))),
      delete: async (key) => void (await redis.del(`better-auth:${key}`)),
    },
    emailAndPassword: {
      enabled: true,
      // Hashing belongs to sign-in, which is not measured here.
      password: { hash: async (password) => password, verify: async ({ hash, password }) => hash === password },
    },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  const person = { email: 'bench@example.test', password: 'a long bench password' };
  await auth.api.signUpEmail({ body: { ...person, name: 'Bench' } });
  const credentials = [];
  for (let i = 0; i < Math.min(tokens, SESSIONS); i++) {
    const answer = await auth.api.signInEmail({ body: person, asResponse: true });
    credentials.push(
      `cookie: ${answer.headers
        .getSetCookie()
        .map((cookie) => cookie.split(';')[0])
        .join('; ')}`,
    );
  }

  class Guard {
    async canActivate(context) {
      const request = context.switchToHttp().getRequest();
      const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) });
      if (!session) throw new UnauthorizedException();
      request.user = { id: 1 };
      return true;
    }
  }
  const { listen } = await nestApp({ guard: { useClass: Guard } });
  return { credentials, listen };
}
