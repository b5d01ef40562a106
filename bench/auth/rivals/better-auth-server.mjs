// better-auth on plain node:http: people in MySQL or MariaDB, sessions in Redis, passwords under the argon2id of ours.
import { hash, verify } from '@node-rs/argon2';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import { Redis } from 'ioredis';
import { createPool } from 'mysql2/promise';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { ARGON2 } from '../argon2.mjs';

const redis = new Redis(process.env.REDIS_URL);
const key = (name) => `better-auth:${name}`;
const options = {
  baseURL: `http://127.0.0.1:${process.env.PORT}`,
  secret: randomUUID(),
  database: createPool({ uri: process.env.DATABASE_URL, connectionLimit: 10, timezone: 'Z' }),
  secondaryStorage: {
    get: (name) => redis.get(key(name)),
    set: async (name, value, ttl) =>
      void (await (ttl ? redis.set(key(name), value, 'EX', ttl) : redis.set(key(name), value))),
    delete: async (name) => void (await redis.del(key(name))),
  },
  emailAndPassword: {
    enabled: true,
    autoSignIn: false,
    password: {
      hash: (password) => hash(password, ARGON2),
      verify: ({ hash: known, password }) => verify(known, password),
    },
  },
  // Each look at a session prolongs it, which is what comes nearest to a refresh.
  session: { updateAge: 0 },
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
};
await (await getMigrations(options)).runMigrations();
const handle = toNodeHandler(betterAuth(options));
createServer((request, response) => {
  if (request.url === '/ready') response.end('ready');
  else void handle(request, response);
}).listen(Number(process.env.PORT), '127.0.0.1');
