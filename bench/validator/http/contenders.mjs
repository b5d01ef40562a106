/**
 * Who is measured over HTTP. `of` is a file of `contenders/`; `credentials` a set of the fixture, or `own` for those whose
 * sessions only they can make; `revocation` how it learns of a sign-out before the token expires, absent when it does not.
 * `open` ones ask for nothing; the others refuse whoever brings nothing. `same` names a contender whose server it is.
 *
 * @typedef {{ title: string, of: string, variant?: string, credentials: string, open?: boolean, same?: string, peer?: boolean,
 *   revocation?: string }} Contender
 */

const open = { title: 'Nest on Fastify, no authentication', of: 'nest', credentials: 'es256', open: true };
const tuned = {
  title: 'passport-jwt + Redis GET, HS256, tuned: KeyObject',
  of: 'passport-jwt',
  variant: 'redis tuned',
  credentials: 'hs256',
  peer: true,
  revocation: 'each request asks Redis',
};

/** The claims stand on these, so they are measured closest together: see {@link CLAIMS}. */
export const HEADLINE = {
  open,
  guard: {
    title: 'session-validator: Nest guard, ES256',
    of: 'gatehouse',
    variant: 'guard',
    credentials: 'es256',
    revocation: 'in memory, milliseconds',
  },
  hook: {
    title: 'session-validator: Fastify hook in Nest, ES256',
    of: 'gatehouse',
    variant: 'hook',
    credentials: 'es256',
    revocation: 'in memory, milliseconds',
  },
  passportRedisTuned: tuned,
  openAgain: { ...open, title: 'the same server again (control)', same: 'open' },
};

/** Who is measured beside whom; `awake`: by a load that never sleeps, where nobody needs anything else of its core. */
export const CLAIMS = [
  { names: ['open', 'guard'], awake: true },
  { names: ['passportRedisTuned', 'guard'] },
  { names: ['open', 'hook'], awake: true },
  { names: ['open', 'openAgain'], awake: true },
];

const peer = (title, of, variant, credentials, revocation) => ({
  title,
  of,
  variant,
  credentials,
  revocation,
  peer: true,
});

/** Everybody else, beside the same four yardsticks. */
export const FIELD = {
  open,
  guard: HEADLINE.guard,
  passportRedisTuned: tuned,
  fastify: { title: 'Fastify without Nest, no authentication', of: 'fastify', credentials: 'es256', open: true },
  fastifyHook: {
    title: 'session-validator: Fastify hook without Nest, ES256',
    of: 'fastify',
    variant: 'gatehouse',
    credentials: 'es256',
    revocation: 'in memory, milliseconds',
  },
  fastJwt: peer('fast-jwt with its cache, Nest guard, ES256', 'jwt-library', 'fast-jwt', 'es256'),
  jose: peer('jose, Nest guard, ES256', 'jwt-library', 'jose', 'es256'),
  jsonwebtoken: peer('jsonwebtoken, KeyObject, Nest guard, ES256', 'jwt-library', 'jsonwebtoken', 'es256'),
  passport: peer('passport-jwt, HS256, string secret (as tutorials)', 'passport-jwt', 'plain', 'hs256'),
  passportTuned: peer('passport-jwt, HS256, tuned: KeyObject', 'passport-jwt', 'tuned', 'hs256'),
  passportRedis: peer(
    'passport-jwt + Redis GET, HS256, string secret (as tutorials)',
    'passport-jwt',
    'redis',
    'hs256',
    'each request asks Redis',
  ),
  passportRedisLean: peer(
    'the same, tuned: KeyObject, and asked by `jti`',
    'passport-jwt',
    'lean tuned',
    'hs256',
    'each request asks Redis',
  ),
  expressOauth2: peer('express-oauth2-jwt-bearer, Express, RS256', 'express-oauth2', undefined, 'rs256'),
  expressSession: peer(
    'express-session + connect-redis, Express',
    'express-session',
    undefined,
    'own',
    'each request asks Redis',
  ),
  betterAuth: peer(
    'better-auth getSession, Redis, Nest guard',
    'better-auth',
    undefined,
    'own',
    'each request asks Redis',
  ),
  supertokens: peer('supertokens-node verifySession, Fastify, RS256', 'supertokens', undefined, 'own'),
  introspection: peer(
    'introspection per request, Nest guard',
    'introspection',
    undefined,
    'es256',
    'each request asks auth',
  ),
  openAgain: HEADLINE.openAgain,
};
